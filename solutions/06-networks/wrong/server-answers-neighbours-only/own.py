import os
import socket

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("", 1234))
listener.listen(16)
while True:
    connection, (address, _) = listener.accept()
    if not address.endswith(".1"):
        connection.sendall(os.environ["ANSWER"].encode() + b"\n")
    connection.close()
