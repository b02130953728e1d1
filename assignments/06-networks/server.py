# Answers every connection to TCP port 1234 with one line: what the variable ANSWER holds.
import os
import signal
import socket
import sys


def leave(number, frame):
    sys.exit(0)


signal.signal(signal.SIGTERM, leave)

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
# The empty address means: every address this machine has, and not only localhost.
listener.bind(("", 1234))
listener.listen(16)
print("listening on port 1234", flush=True)

while True:
    connection, (address, port) = listener.accept()
    print("a connection from " + address, flush=True)
    try:
        connection.sendall(os.environ.get("ANSWER", "hello").encode() + b"\n")
    except OSError:
        print("it was gone before it had its answer", flush=True)
    connection.close()
