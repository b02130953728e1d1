import json
import os
import socket
import sys
import time
from http.client import HTTPConnection


def wait():
    for _ in range(20):
        try:
            return socket.create_connection(("notifications", 3000), timeout=1)
        except OSError:
            time.sleep(0.1)
    sys.exit("no service")


key = os.environ.get("SECRET_KEY", "")
wish = HTTPConnection("notifications", 3000)
wish.sock = wait()
wish.request("POST", "/notifications/", json.dumps({"message": " ".join(sys.argv[1:]), "key": key}))
got = wish.getresponse()
text = got.read().decode("utf-8")
if got.status != 200:
    sys.exit(text)
with open("/data/answers.txt", "ab", buffering=0) as kept:
    kept.write(text.encode() + b"\n")
sys.stdout.write(text)
