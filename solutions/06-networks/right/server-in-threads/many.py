import os
import socket
import socketserver


class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall((os.environ["ANSWER"] + "\r\n").encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    address_family = socket.AF_INET


with Server(("0.0.0.0", 1234), Answer) as server:
    server.serve_forever()
