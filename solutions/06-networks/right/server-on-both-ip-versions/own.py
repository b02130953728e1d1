import os
import socket

listener = socket.socket(socket.AF_INET6)
listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("::", 1234))
listener.listen(16)
while True:
    connection, _ = listener.accept()
    connection.sendall(os.environ["ANSWER"].encode() + b"\n")
    connection.close()
