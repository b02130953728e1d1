import os
import socketserver
import time


class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(os.environ.get("ANSWER", "nothing").encode() + b"\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


time.sleep(2)
Server(("0.0.0.0", 1234), Answer).serve_forever()
