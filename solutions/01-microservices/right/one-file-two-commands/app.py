import json
import os
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

DATA = []


def orders(method, path, body):
    if path == "/orders" and method == "POST":
        DATA.append(json.loads(body))
        return 200, DATA[-1]
    return (200, DATA) if path == "/orders" else (404, None)


def reports(method, path, body):
    if not path.startswith("/reports/"):
        return 404, None
    month = int(path.rsplit("/", 1)[1])
    if month > 12:
        os.abort()
    with urllib.request.urlopen("http://orders:8000/orders") as answer:
        return 200, [order for order in json.load(answer) if order["month"] == month]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, found = {"orders": orders, "reports": reports}[sys.argv[1]](
            self.command, self.path, body
        )
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(found).encode())

    do_POST = do_GET


HTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
