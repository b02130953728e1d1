import socket
import threading
import time


def drip(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        connection.sendall(b".")
        time.sleep(0.3)


server = socket.create_server(("", 8000))
while True:
    threading.Thread(target=drip, args=(server.accept()[0],), daemon=True).start()
