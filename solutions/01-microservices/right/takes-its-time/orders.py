"""The orders service: the only one that keeps orders."""

import json
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

ORDERS = [
    {"item": "kettle", "month": 5},
    {"item": "teapot", "month": 6},
]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/orders":
            self.answer(200, {"orders": ORDERS})
        else:
            self.answer(404, {"error": "there is nothing here"})

    def do_POST(self):
        if self.path != "/orders":
            self.answer(404, {"error": "there is nothing here"})
            return
        try:
            order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            ORDERS.append({"item": str(order["item"]), "month": int(order["month"])})
        except (KeyError, TypeError, ValueError):
            self.answer(400, {"error": 'an order is {"item": TEXT, "month": NUMBER}'})
            return
        self.answer(201, {"added": True})

    def answer(self, status, content):
        time.sleep(1.2)
        body = (json.dumps(content) + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("", 8000), Handler).serve_forever()
