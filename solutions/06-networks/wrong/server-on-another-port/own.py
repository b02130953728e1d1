import os
import socket

listener = socket.socket()
listener.bind(("", 3001))
listener.listen(16)
print("listening on port 3001", flush=True)
while True:
    connection, _ = listener.accept()
    connection.sendall(os.environ["ANSWER"].encode() + b"\n")
    connection.close()
