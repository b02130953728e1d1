import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

if "--secret-key" not in sys.argv:
    sys.exit("no key")


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = json.dumps({"message": asked["message"], "number": 1, "latency": 1.5})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())


HTTPServer(("", 3000), Handler).serve_forever()
