import os
import socket

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 1234))
listener.listen(16)
print("listening on localhost", flush=True)
while True:
    connection, _ = listener.accept()
    connection.sendall(os.environ["ANSWER"].encode() + b"\n")
    connection.close()
