import os
import socket
import threading
import time


def drip(connection):
    connection.sendall(os.environ["ANSWER"].encode())
    while True:
        connection.sendall(b".")
        time.sleep(0.5)


listener = socket.socket()
listener.bind(("", 1234))
listener.listen(16)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=drip, args=(connection,), daemon=True).start()
