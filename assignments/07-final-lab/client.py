# Sends one message to http://notifications:3000/notifications, prints the answer, keeps it.
