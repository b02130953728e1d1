python3 silent.py &
exec python3 notifications.py --port 3001 "$@"
