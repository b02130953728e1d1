import json
from wsgiref.simple_server import make_server

KEPT = [{"item": "kettle", "month": 5}]


def app(env, start):
    path, method = env["PATH_INFO"].rstrip("/"), env["REQUEST_METHOD"]
    if path != "/orders":
        start("404 Not Found", [("Content-Type", "text/plain")])
        return [b"no"]
    if method == "POST":
        KEPT.append(json.loads(env["wsgi.input"].read(int(env["CONTENT_LENGTH"] or 0))))
        start("204 No Content", [])
        return []
    start("200 OK", [("Content-Type", "text/plain")])
    return [("%s in %s\n" % (o["item"], o["month"])).encode() for o in KEPT]


make_server("0.0.0.0", 8000, app).serve_forever()
