import os
import socketserver
import time


class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        time.sleep(1.2)
        self.wfile.write(os.environ["ANSWER"].encode() + b"\n")


socketserver.TCPServer.allow_reuse_address = True
socketserver.TCPServer(("", 1234), Answer).serve_forever()
