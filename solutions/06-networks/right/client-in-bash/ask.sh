set -u
host=${1%:*} port=${1##*:}
exec 3<>"/dev/tcp/$host/$port" || exit 1
read -r -t 5 line <&3 || exit 1
printf '%s\n' "$line"
