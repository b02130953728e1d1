"""A small shop in one process: it takes orders and reports on them, by month.

GET  /orders          every order
POST /orders          one more, for example {"item": "tea", "month": 6}
GET  /reports/MONTH   what was ordered in a month, 1 to 12
"""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 8000

# ---- orders: where they are kept -------------------------------------------------------------

ORDERS = [
    {"item": "kettle", "month": 5},
    {"item": "teapot", "month": 6},
]


def all_orders():
    return {"orders": ORDERS}


def add_order(order):
    ORDERS.append({"item": str(order["item"]), "month": int(order["month"])})


# ---- reports: what they say ------------------------------------------------------------------


def report(month):
    if not 1 <= month <= 12:
        # The bug. http.server survives an exception, so this stands for what it does not
        # survive: a crash in a library written in C, or the end of the memory.
        print("report for month %d: crashed" % month, flush=True)
        os._exit(1)
    # In the monolith the orders are one function call away.
    items = [order["item"] for order in all_orders()["orders"] if order["month"] == month]
    return {"month": month, "count": len(items), "items": items}


# ---- HTTP, for both --------------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        head, _, rest = self.path.strip("/").partition("/")
        if head == "orders" and not rest:
            self.answer(200, all_orders())
        elif head == "reports" and rest.isdigit():
            self.answer(200, report(int(rest)))
        else:
            self.answer(404, {"error": "there is nothing here"})

    def do_POST(self):
        if self.path.strip("/") != "orders":
            self.answer(404, {"error": "there is nothing here"})
            return
        try:
            add_order(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        except (KeyError, TypeError, ValueError):
            self.answer(400, {"error": 'an order is {"item": TEXT, "month": NUMBER}'})
            return
        self.answer(201, {"added": True})

    def answer(self, status, content):
        body = (json.dumps(content) + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    print("listening on port %d" % PORT, flush=True)
    ThreadingHTTPServer(("", PORT), Handler).serve_forever()
