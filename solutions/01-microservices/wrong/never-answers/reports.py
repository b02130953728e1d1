import socket
import time

server = socket.create_server(("", 8000))
kept = []
while True:
    kept.append(server.accept())
    time.sleep(0.01)
