#!/usr/bin/env bash
set -Eeuo pipefail
shopt -s lastpipe
file=${1:?the file}
stop() { printf 'terminating\n'; kill "$follower" 2>/dev/null || :; exit; }
[[ -e $file ]] || { : > "$file"; } 2>/dev/null || echo "cannot write a new $file"
if [[ -n ${ADD_LINE-} ]]; then
  { printf '%s\n' "$ADD_LINE" >> "$file"; } 2>/dev/null || echo "cannot write"
fi
stdbuf -oL tail --lines=+1 --follow=name --retry -- "$file" &
follower=$!
trap stop TERM INT QUIT
while kill -0 "$follower" 2>/dev/null; do wait "$follower" || :; done
