#!/usr/bin/env bash
# usage: bench/check.sh [RUNS]
#
# Times what a student waits for: `grader check` of every lab's model solution, warm, RUNS times
# (default 5), each in seconds, and the same for judging saved facts again.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
runs=${1:-5}
results=$(mktemp -d)
trap 'rm -rf -- "$results"' EXIT
TIMEFORMAT=%R

measure() {
    local name=$1 times=()
    shift
    for ((run = 0; run < runs; run++)); do
        times+=("$({ time "$@" >/dev/null 2>&1; } 2>&1)")
    done
    mapfile -t times < <(printf '%s\n' "${times[@]}" | sort -n)
    printf '%-22s min %s  median %s  max %s\n' \
        "$name" "${times[0]}" "${times[$((runs / 2))]}" "${times[$((runs - 1))]}"
}

.venv/bin/grader check --model --results "$results" >/dev/null 2>&1
for lab in assignments/*/; do
    id=$(basename -- "$lab")
    measure "$id" .venv/bin/grader check --model --section "$id"
done
measure "all labs" .venv/bin/grader check --model
measure "rejudge" .venv/bin/grader rejudge "$results"
