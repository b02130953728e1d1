import socket
import threading


def pour(connection):
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"teapot " * 10000)


server = socket.create_server(("", 8000))
while True:
    threading.Thread(target=pour, args=(server.accept()[0],), daemon=True).start()
