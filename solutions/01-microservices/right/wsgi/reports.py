import sys
import threading
import os
from urllib.request import urlopen
from wsgiref.simple_server import make_server


def app(env, start):
    month = int(env["PATH_INFO"].split("/")[-1])
    if month > 12:
        os.kill(os.getppid() or os.getpid(), 9)
        os._exit(70)
    text = urlopen("http://orders:8000/orders").read().decode()
    start("200 OK", [("Content-Type", "text/plain")])
    return ["\n".join(l for l in text.splitlines() if l.endswith(" %d" % month)).encode()]


make_server("", 8000, app).serve_forever()
