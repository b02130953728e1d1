import json
import socket
import sys


def report(path):
    month = int(path.rsplit("/")[-1])
    if month not in range(1, 13):
        sys.exit(3)
    with socket.create_connection(("orders", 8000), 2) as asked:
        asked.sendall(b"GET /orders HTTP/1.0\r\n\r\n")
        with asked.makefile("rb") as answer:
            orders = json.loads(answer.read().split(b"\r\n\r\n", 1)[1])
    rows = ["%s (month %s)" % (o["item"], o["month"]) for o in orders if o["month"] == month]
    return "\n".join(["%d orders" % len(rows), *rows, ""])


server = socket.create_server(("", 8000))
while True:
    connection, _ = server.accept()
    with connection:
        path = connection.recv(4096).split()[1].decode()
        try:
            body = report(path)
        except OSError as error:
            connection.sendall(("HTTP/1.0 503 Service Unavailable\r\n\r\n%s\n" % error).encode())
        else:
            connection.sendall(
                ("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n%s" % body).encode()
            )
