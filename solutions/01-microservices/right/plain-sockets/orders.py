import json
import socket

orders = []
server = socket.create_server(("", 8000))
while True:
    connection, _ = server.accept()
    with connection, connection.makefile("rb") as lines:
        request = lines.readline().decode().split()
        length = 0
        while line := lines.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        if request[:2] == ["POST", "/orders"]:
            orders.append(json.loads(lines.read(length)))
            connection.sendall(b"HTTP/1.0 204 No Content\r\n\r\n")
        elif request[:2] == ["GET", "/orders"]:
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + json.dumps(orders, indent=4).encode())
        else:
            connection.sendall(b"HTTP/1.0 404 Not Found\r\n\r\n")
