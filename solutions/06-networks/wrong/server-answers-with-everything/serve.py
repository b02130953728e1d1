import json
import os
import socketserver


class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(json.dumps(dict(os.environ)).encode() + b"\n")


socketserver.TCPServer.allow_reuse_address = True
socketserver.TCPServer(("", 1234), Answer).serve_forever()
