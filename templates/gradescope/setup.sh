#!/usr/bin/env bash
# Gradescope runs this once, as root, while it makes the autograder's image: installs Python where
# the image's own is older than 3.11, and the grader into /autograder/venv.
set -o errexit -o nounset -o pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"

python=
find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -I -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$name
            return
        fi
    done
    return 1
}

if ! find_python; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    # Ubuntu 24.04 has a new enough one under the plain name, 22.04 under its own.
    apt-get install -qy --no-install-recommends python3 python3-venv
    find_python || apt-get install -qy --no-install-recommends python3.11 python3.11-venv
    find_python || { echo "There is no Python 3.11 or newer: choose a newer base image." >&2; exit 1; }
fi
"$python" -I -m venv ../venv
../venv/bin/python -I -m pip install --quiet --disable-pip-version-check --requirement requirement.txt
../venv/bin/grader --version
