"""The reports service: keeps nothing, asks orders each time."""

import json
import os
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

ORDERS = "http://orders:8000/orders"


def report(month):
    if not 1 <= month <= 12:
        # The monolith's bug, moved along.
        print("report for month %d: crashed" % month, flush=True)
        os._exit(1)
    with urllib.request.urlopen(ORDERS, timeout=3) as answer:
        orders = json.load(answer)["orders"]
    items = [order["item"] for order in orders if order["month"] == month]
    return {"month": month, "count": len(items), "items": items}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        head, _, rest = self.path.strip("/").partition("/")
        if head != "reports" or not rest.isdigit():
            self.answer(404, {"error": "there is nothing here"})
            return
        try:
            self.answer(200, report(int(rest)))
        except (OSError, ValueError, KeyError) as error:
            self.answer(502, {"error": "orders cannot be asked: %s" % error})

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
