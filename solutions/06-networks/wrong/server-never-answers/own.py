import socket
import time

listener = socket.socket()
listener.bind(("", 1234))
listener.listen(16)
taken = []
while True:
    taken.append(listener.accept())
    time.sleep(0.1)
