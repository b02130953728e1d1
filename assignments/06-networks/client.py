# Connects to the address it is given, HOST:PORT, and prints what comes back.
import socket
import sys

if len(sys.argv) != 2:
    sys.exit("usage: client.py HOST:PORT")

host, colon, port = sys.argv[1].rpartition(":")
if not (host and port.isdigit()):
    sys.exit("not of the form HOST:PORT: " + sys.argv[1])

answer = b""
try:
    connection = socket.socket()
    connection.settimeout(3)
    connection.connect((host, int(port)))
    while True:
        received = connection.recv(1024)
        if not received:
            break
        answer += received
except OSError as error:
    # The text goes to standard error, the exit code is 1.
    sys.exit("no answer from " + sys.argv[1] + ": " + str(error))

if not answer:
    sys.exit("no answer from " + sys.argv[1] + ": it closed the connection")
print(answer.decode(errors="replace"), end="")
