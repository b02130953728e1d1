# A small notifications service: POST a message to it and it answers with a line of JSON.
import argparse
import json
import random
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

parser = argparse.ArgumentParser(description="Takes notifications over HTTP.")
parser.add_argument("--secret-key", required=True, metavar="KEY", help="who asks has to know it")
parser.add_argument("--port", type=int, default=3000, help="where to listen (default: 3000)")
options = parser.parse_args()
if not options.secret_key:
    parser.error("--secret-key must not be empty")

dice = random.SystemRandom()


def end(number, frame):
    print("stopped", flush=True)
    sys.exit(0)


class Handler(BaseHTTPRequestHandler):
    requests = 0
    timeout = 5  # seconds that a connection may keep us waiting

    def do_GET(self):
        self.reply(404, {"error": "POST to /notifications"})

    do_HEAD = do_PUT = do_DELETE = do_GET

    def do_POST(self):
        if self.path.rstrip("/") != "/notifications":
            return self.reply(404, {"error": "POST to /notifications"})
        try:
            length = min(int(self.headers.get("Content-Length") or 0), 10_000)
            asked = json.loads(self.rfile.read(length))
            key, message = asked.get("key"), str(asked["message"])[:200]
        except (ValueError, KeyError, AttributeError):
            return self.reply(400, {"error": 'send JSON: {"key": "...", "message": "..."}'})
        if not key:
            return self.reply(403, {"error": "no key"}, f"no key, message {json.dumps(message)}")
        if key != options.secret_key:
            return self.reply(
                403, {"error": "wrong key"}, f"wrong key, message {json.dumps(message)}"
            )
        # How long the delivery takes: another number each time.
        latency = round(dice.uniform(5, 50), 6)
        time.sleep(latency / 1000)
        self.reply(200, {"message": message, "number": Handler.requests + 1, "latency": latency})

    def reply(self, status, answer, note=None):
        Handler.requests += 1
        text = json.dumps(answer)
        # Logged before it is sent: whoever has the answer finds it in the log.
        what = note or f"answered {text}"
        print(f"request {Handler.requests}: {self.command} {status} {what}", flush=True)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text.encode())

    def log_message(self, *arguments):
        pass


signal.signal(signal.SIGTERM, end)
server = HTTPServer(("", options.port), Handler)
print(f"listening on port {options.port}", flush=True)
server.serve_forever()
