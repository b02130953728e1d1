case $1 in
[0-9]*) echo "not a name: $1"; exit 2 ;;
esac
exec python3 client.py "$1"
