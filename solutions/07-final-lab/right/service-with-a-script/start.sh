exec python3 -u /service/notifications.py "$@"
