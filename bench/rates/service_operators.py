"""Operators on services and clients: port, host, status, state, what is sent, kept and printed."""

from collections.abc import Iterator

from bench.rates.mutants import Change, edit, named
from bench.rates.script_operators import Edits

_OPEN = "urllib.request.urlopen(URL, json.dumps(asked).encode(), timeout=5)"
_ANSWER = f"answer = {_OPEN}.read().decode()"
_TRY = f"try:\n    {_ANSWER}\nexcept "
_ASKED = f"with {_OPEN} as response:\n    answer = response.read().decode()\n"
_KEEPS_ERRORS = """OSError as error:
    open(ANSWERS, "a").write(str(error) + "\\n")
    sys.exit(1)
"""
_FOR_EVER = f"""while True:
    try:
        {_ANSWER}
        break
    except OSError:
        pass
"""
_NO_ANSWER = '    sys.exit("no answer from " + sys.argv[1] + ": " + str(error))'
_NOTHING = (
    '\n\nif not answer:\n    sys.exit("no answer from " + sys.argv[1] + '
    '": it closed the connection")\n'
)

ORDERS: Edits = (
    ("port", "8000", "8080", ("listens-on-another-port",)),
    ("port", "8000", "80", ("listens-on-another-port",)),
    ("port", "8000", "5000", ("listens-on-another-port",)),
    ("host", '("", 8000)', '("localhost", 8000)', ("listens-on-localhost",)),
    ("host", '("", 8000)', '("127.0.0.1", 8000)', ("listens-on-localhost",)),
    ("host", '("", 8000)', '("0.0.0.0", 8000)', ()),
    ("host", '("", 8000)', '("orders", 8000)', ()),
    ("status", "self.answer(201", "self.answer(200", ()),
    ("status", "self.answer(201", "self.answer(500", ("kept-but-refused",)),
    ("status", "self.answer(201", "self.answer(302", ("kept-but-refused",)),
    ("status", "self.answer(404", "self.answer(200", ()),
    ("status", 'self.answer(200, {"orders"', 'self.answer(500, {"orders"', ()),
    (
        "status",
        'self.answer(200, {"orders": ORDERS})',
        'self.answer(200, {"orders": len(ORDERS)})',
        (),
    ),
    (
        "status",
        'self.answer(200, {"orders": ORDERS})',
        'self.answer(200, {"orders": ORDERS[:2]})',
        (),
    ),
    (
        "status",
        'self.answer(200, {"orders": ORDERS})',
        'self.answer(200, {"orders": ORDERS[-1:]})',
        (),
    ),
    ("status", "self.wfile.write(body)", "self.wfile.write(body[:20])", ("answer-without-end",)),
    ("status", "self.wfile.write(body)", "pass", ("answer-without-end",)),
    ("status", "        self.end_headers()\n", "", ()),
    ("status", "str(len(body))", "str(len(body) + 10)", ("answer-without-end",)),
    (
        "state",
        'ORDERS.append({"item": str(order["item"]), "month": int(order["month"])})',
        "pass",
        (),
    ),
    ("state", "ORDERS.append({", "ORDERS[0].update({", ()),
    ("state", "ORDERS.append({", "list(ORDERS).append({", ()),
    ("state", 'str(order["item"])', '"tea"', ()),
    ("state", 'int(order["month"])', "5", ()),
    ("state", 'order["item"]', 'order["name"]', ()),
    ("state", "do_POST", "do_PUT", ()),
    ("state", "do_GET", "do_HEAD", ()),
    ("state", "do_POST", "do_Post", ()),
    ("state", 'self.path == "/orders"', 'self.path == "orders"', ()),
    ("state", 'self.path == "/orders"', 'self.path == "/order"', ()),
    ("state", 'self.path == "/orders"', 'self.path == "/"', ()),
    ("state", 'self.path == "/orders"', 'self.path.startswith("/orders")', ()),
    (
        "state",
        'self.rfile.read(int(self.headers["Content-Length"]))',
        "self.rfile.read()",
        ("never-answers",),
    ),
    ("state", 'int(self.headers["Content-Length"])', "10", ()),
    ("state", ".serve_forever()", ".handle_request()", ("ends-after-one-answer",)),
    (
        "state",
        "    ThreadingHTTPServer",
        "    import time; time.sleep(30); ThreadingHTTPServer",
        (),
    ),
    ("state", "ThreadingHTTPServer((", "HTTPServer((", ()),
    ("state", "import json\n", "import json\nimport requests\n", ("module-not-installed",)),
    ("state", "import json\n", "import json\nimport flask\n", ("module-not-installed",)),
    ("state", "import json\n", "", ()),
    (
        "state",
        "else:\n            self.answer(404",
        "else:\n            import os; os._exit(1); self.answer(404",
        (),
    ),
    (
        "state",
        "else:\n            self.answer(404",
        "else:\n            raise SystemExit(1)\n            self.answer(404",
        (),
    ),
)

REPORTS: Edits = (
    ("port", '("", 8000)', '("", 8080)', ("listens-on-another-port",)),
    ("port", '("", 8000)', '("", 8001)', ("listens-on-another-port",)),
    ("port", "orders:8000", "orders:8001", ()),
    ("port", "orders:8000", "orders", ()),
    ("host", '("", 8000)', '("127.0.0.1", 8000)', ("listens-on-localhost",)),
    ("host", '("", 8000)', '("localhost", 8000)', ("listens-on-localhost",)),
    ("host", "orders:8000", "localhost:8000", ("asks-localhost",)),
    ("host", "orders:8000", "127.0.0.1:8000", ("asks-localhost",)),
    ("host", "orders:8000", "172.18.0.2:8000", ("address-written-down",)),
    ("host", "orders:8000", "order:8000", ()),
    ("host", "orders:8000", "host.docker.internal:8000", ()),
    ("host", "http://orders", "https://orders", ()),
    ("host", "8000/orders", "8000/order", ()),
    ("host", "8000/orders", "8000", ()),
    ("status", "self.answer(502", "self.answer(200", ("failure-told-as-empty",)),
    ("status", "self.answer(502", "self.answer(404", ()),
    ("status", "self.answer(502", "self.answer(500", ()),
    ("status", "self.answer(502", "self.answer(503", ()),
    ("status", "self.answer(502", "self.answer(400", ()),
    (
        "status",
        "except (OSError, ValueError, KeyError) as error",
        "except ZeroDivisionError as error",
        (),
    ),
    ("status", "self.answer(200, report", "self.answer(500, report", ()),
    ("status", "self.answer(200, report", "self.answer(201, report", ()),
    ("state", "os._exit(1)", "os._exit(0)", ("bug-ends-with-0",)),
    ("state", "os._exit(1)", "raise ValueError", ("bug-mended",)),
    ("state", "os._exit(1)", "return {}", ("bug-mended",)),
    ("state", "os._exit(1)", "sys.exit(1)", ("bug-mended",)),
    ("state", "os._exit(1)", "os.abort()", ()),
    ("state", "os._exit(1)", "exit(1)", ("bug-mended",)),
    ("state", "os._exit(1)", "os._exit(3)", ()),
    ("state", "if not 1 <= month <= 12:", "if not 1 <= month <= 13:", ("bug-mended",)),
    ("state", "if not 1 <= month <= 12:", "if not 1 < month < 12:", ()),
    ("state", "if not 1 <= month <= 12:", "if not 7 <= month <= 12:", ()),
    ("state", "if not 1 <= month <= 12:", "if month > 12:", ()),
    ("state", 'order["month"] == month', 'order["month"] == 5', ()),
    ("state", 'order["month"] == month', 'order["month"] == str(month)', ()),
    ("state", 'order["month"] == month', "True", ()),
    ("state", '"items": items', '"items": len(items)', ()),
    ("state", '["orders"]\n', '["order"]\n', ()),
    ("state", "items = [order", 'items = ["kettle"] or [order', ("copy-of-the-data",)),
    ("state", "import json\n", "import functools\nimport json\n", ()),
    (
        "state",
        "def report(month):",
        "import functools\n@functools.lru_cache\ndef report(month):",
        ("copy-of-the-data",),
    ),
    ("state", "    with urllib", "    month = int(month)\n    with urllib", ()),
    ("state", ".serve_forever()", ".handle_request()", ("ends-after-one-answer",)),
    ("state", "import json\n", "import json\nimport requests\n", ("module-not-installed",)),
    ("state", "timeout=3", "timeout=0.00001", ()),
    ("state", "timeout=3", "timeout=30", ()),
    ("state", "import os\n", "", ()),
    ("state", '!= "reports"', '!= "report"', ()),
    ("state", "self.wfile.write(body)", "pass", ("answer-without-end",)),
)

ASK: Edits = (
    ("port", ":3000", ":3001", ()),
    ("port", ":3000", "", ()),
    ("host", "//notifications:", "//localhost:", ("asks-localhost",)),
    ("host", "//notifications:", "//127.0.0.1:", ("asks-localhost",)),
    ("host", "//notifications:", "//172.18.0.2:", ("address-written-down",)),
    ("host", "//notifications:", "//notification:", ()),
    ("host", "//notifications:", "//service:", ()),
    ("host", "3000/notifications", "3000/", ()),
    ("host", "3000/notifications", "3000/notification", ()),
    ("host", "http:", "https:", ()),
    ("host", "/data/answers.txt", "answers.txt", ("file-outside-the-volume",)),
    ("host", "/data/answers.txt", "/data/answer.txt", ()),
    ("host", "/data/answers.txt", "data/answers.txt", ("file-outside-the-volume",)),
    ("host", "/data/answers.txt", "/root/answers.txt", ("file-outside-the-volume",)),
    ("state", 'os.environ["SECRET_KEY"]', 'os.environ.get("SECRET_KEY")', ()),
    ("state", 'os.environ["SECRET_KEY"]', 'os.environ.get("SECRET_KEY", "")', ()),
    (
        "state",
        'os.environ["SECRET_KEY"]',
        'os.environ.get("SECRET_KEY", "hush")',
        ("key-in-the-program",),
    ),
    ("state", 'os.environ["SECRET_KEY"]', '"hush"', ("key-in-the-program",)),
    ("state", 'os.environ["SECRET_KEY"]', 'os.environ["KEY"]', ()),
    ("state", 'os.environ["SECRET_KEY"]', "sys.argv[2]", ()),
    ("state", "sys.argv[1]", "sys.argv[0]", ()),
    ("state", "sys.argv[1]", "sys.argv[2]", ()),
    ("state", "sys.argv[1]", '"hello"', ("message-written-down",)),
    ("state", "sys.argv[1]", "sys.argv[1].upper()", ()),
    ("state", "sys.argv[1]", "sys.argv", ()),
    ("state", "sys.argv[1]", '" ".join(sys.argv[1:])', ()),
    ("state", '"key": os', '"secret": os', ()),
    ("state", '"message": sys', '"text": sys', ()),
    ("state", '"a")', '"w")', ("file-overwritten",)),
    ("state", '"a")', '"r+")', ()),
    ("state", '"a")', '"x")', ()),
    ("state", 'answer + "\\n"', "answer", ("line-break-missing",)),
    ("state", 'answer + "\\n"', 'answer + "\\n\\n"', ()),
    ("state", 'answer + "\\n"', '"\\n" + answer', ()),
    ("state", 'answer + "\\n"', 'answer + "\\r\\n"', ()),
    ("state", 'answer + "\\n"', 'str(asked) + "\\n"', ("something-else-kept",)),
    ("state", 'answer + "\\n"', 'sys.argv[1] + "\\n"', ("something-else-kept",)),
    (
        "state",
        'answer + "\\n"',
        'json.dumps(json.loads(answer), indent=1) + "\\n"',
        ("line-spread",),
    ),
    ("state", "print(answer)\n", "", ("answer-not-printed",)),
    ("state", "print(answer)\n", "print('ok')\n", ("answer-not-printed", "answer-hidden")),
    (
        "state",
        "print(answer)\n",
        "print(answer, file=sys.stderr)\n",
        ("answer-hidden", "answer-not-printed"),
    ),
    ("state", "print(answer)\n", "print(json.loads(answer)['message'])\n", ()),
    ("state", "print(answer)\n", "print(answer, end='')\n", ()),
    ("state", "print(answer)\n", "print(answer)\nsys.exit(1)\n", ()),
    ("state", "print(answer)\n", "print(answer)\nprint(answer)\n", ()),
    ("state", ".decode()\n", "\n", ()),
    (
        "state",
        "with urllib",
        "urllib.request.urlopen(URL, json.dumps(asked).encode(), timeout=5)\nwith urllib",
        ("asks-more-than-once",),
    ),
    ("state", "with urllib", "import time; time.sleep(20)\nwith urllib", ()),
    (
        "state",
        "with urllib.request.urlopen(URL, json.dumps(asked).encode(), timeout=5)",
        "with urllib.request.urlopen(URL, timeout=5)",
        (),
    ),
    ("state", "timeout=5", "timeout=0.001", ()),
    (
        "state",
        "import urllib.request",
        "import requests\nimport urllib.request",
        ("module-not-installed",),
    ),
    ("state", "import json\n", "", ()),
    ("status", _ASKED, f"{_TRY}OSError as error:\n    print(error)\n", ("errors-caught",)),
    ("status", _ASKED, f"{_TRY}OSError as error:\n    sys.exit(0)\n", ("errors-caught",)),
    (
        "status",
        _ASKED,
        f"{_TRY}urllib.error.HTTPError as error:\n    answer = error.read().decode()\n",
        ("status-not-looked-at",),
    ),
    (
        "status",
        _ASKED,
        _TRY + _KEEPS_ERRORS,
        ("errors-kept",),
    ),
    (
        "status",
        _ASKED,
        _FOR_EVER,
        ("asks-for-ever",),
    ),
)

SERVER: Edits = (
    ("port", '("", 1234)', '("", 1243)', ("listens-on-another-port",)),
    ("port", '("", 1234)', '("", 80)', ("listens-on-another-port",)),
    ("host", '("", 1234)', '("127.0.0.1", 1234)', ("listens-on-localhost",)),
    ("host", '("", 1234)', '("localhost", 1234)', ("listens-on-localhost",)),
    ("host", '("", 1234)', '("0.0.0.0", 1234)', ()),
    ("state", 'os.environ.get("ANSWER", "hello")', '"hello"', ("answer-written-down",)),
    ("state", 'os.environ.get("ANSWER", "hello")', 'os.environ.get("answer", "hello")', ()),
    ("state", 'os.environ.get("ANSWER", "hello")', 'os.environ["ANSWER"]', ()),
    ("state", 'os.environ.get("ANSWER", "hello")', "str(os.environ)", ()),
    ("state", 'os.environ.get("ANSWER", "hello")', '"ANSWER"', ()),
    ("state", "while True:", "for _ in range(1):", ("ends-after-one-answer",)),
    ("state", "while True:", "for _ in range(3):", ()),
    (
        "state",
        "    connection.close()\n",
        "    keep = globals().setdefault('keep', [])\n    keep.append(connection)\n",
        ("answer-without-end",),
    ),
    ("state", "    connection.close()\n", "    connection.recv(10)\n    connection.close()\n", ()),
    ("state", "    connection.close()\n", "    listener.close()\n", ()),
    ("state", "connection.sendall(", "len(", ()),
    ("state", "connection.sendall(", '__import__("time").sleep(10); connection.sendall(', ()),
    ("state", 'b"\\n"', 'b""', ()),
    ("state", "listener.listen(16)\n", "", ()),
    ("state", "socket.socket()", "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", ()),
    ("state", "import os\n", "import os\nimport flask\n", ("module-not-installed",)),
    ("state", "while True:", "sys.exit(0)\nwhile True:", ()),
)

CLIENT: Edits = (
    ("port", "int(port)", "1234", ()),
    ("port", "int(port)", "1235", ()),
    ("host", "(host, int(port))", '("server", int(port))', ()),
    ("host", "(host, int(port))", '("localhost", int(port))', ("asks-localhost",)),
    ("host", "(host, int(port))", '("172.18.0.2", int(port))', ("address-written-down",)),
    (
        "state",
        'print(answer.decode(errors="replace"), end="")',
        "pass",
        ("answer-not-printed", "answer-hidden"),
    ),
    (
        "state",
        'print(answer.decode(errors="replace"), end="")',
        'print("ok")',
        ("answer-not-printed", "answer-hidden"),
    ),
    ("state", 'print(answer.decode(errors="replace"), end="")', "print(answer)", ()),
    ("state", 'end="")', 'end="", file=sys.stderr)', ("answer-hidden", "answer-not-printed")),
    (
        "status",
        '    sys.exit("no answer from " + sys.argv[1] + ": " + str(error))',
        "    sys.exit(0)",
        ("errors-caught",),
    ),
    (
        "status",
        '    sys.exit("no answer from " + sys.argv[1] + ": " + str(error))',
        '    print("no answer")',
        (),
    ),
    (
        "status",
        _NO_ANSWER + _NOTHING,
        '    print("no answer")\n',
        ("errors-caught",),
    ),
    ("status", 'end="")', 'end="")\nsys.exit(1)', ()),
    ("state", "settimeout(3)", "settimeout(0.00001)", ()),
    ("state", "settimeout(3)", "settimeout(60)", ()),
    ("state", "recv(1024)", "recv(1)", ()),
    ("state", "        answer += received", "        answer = received", ()),
    ("state", "sys.argv[1].rpartition", "sys.argv[0].rpartition", ()),
    ("state", "import sys\n", "import sys\nimport requests\n", ("module-not-installed",)),
    ("state", "len(sys.argv) != 2", "len(sys.argv) != 3", ()),
    (
        "state",
        "except OSError as error:",
        "except OSError as error:\n    __import__('time').sleep(30)",
        (),
    ),
)


def operators(edits: Edits, text: str) -> Iterator[Change]:
    """Yield every change of one program."""
    for operator, old, new, causes in edits:
        place = f"{_short(old)} -> {_short(new)}"
        yield Change(operator, place, edit(text, old, new), named(*causes))


def _short(text: str) -> str:
    return " ".join(text.split())[:48] or "nothing"
