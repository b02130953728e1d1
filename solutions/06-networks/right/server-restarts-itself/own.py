import os
import socket

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("", 1234))
listener.listen(16)
connection, _ = listener.accept()
connection.sendall(os.environ["ANSWER"].encode() + b"\n")
connection.close()
