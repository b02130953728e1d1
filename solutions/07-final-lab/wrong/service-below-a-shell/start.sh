echo "starting the service"
python3 notifications.py "$@"
echo "the service has ended"
