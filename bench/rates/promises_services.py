"""The promises of labs 01, 06 and 07: services, who answers whom, and clients."""

import secrets
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.rates.plain_docker import Hands, image_of, stop, unkept, until

# Asks from a container beside the others: METHOD URL BODY; prints the status and the answer.
_ASK = """
import sys, urllib.request, urllib.error
method, url, body = sys.argv[1:]
asked = urllib.request.Request(url, body.encode() or None, method=method)
try:
    with urllib.request.urlopen(asked, timeout=5) as got: print(got.status, got.read().decode())
except urllib.error.HTTPError as error: print(error.code, error.read().decode())
except Exception as error: print(0, error)
"""
# Connects five times to HOST, for a word, at a PORT; tries for eight seconds at first.
_RAW = """
import socket, sys, time
host, word, port = sys.argv[1:]
def ask():
    with socket.create_connection((host, int(port)), 3) as c:
        got = b""
        while True:
            more = c.recv(1000)
            if not more: return got.decode()
            got += more
end = time.time() + 8
while True:
    try:
        first = ask(); break
    except OSError:
        if time.time() > end: raise
        time.sleep(0.3)
answers = [first] + [ask() for _ in range(4)]
assert all(a.strip() == word for a in answers), answers
"""


class _Shop:
    """A network with HTTP services in it, and somebody who asks them."""

    def __init__(self, docker: Hands) -> None:
        self._docker, self.network = docker, docker.network()

    def ask(self, url: str, method: str = "GET", body: str = "") -> tuple[int, str]:
        args = ["python3", "-c", _ASK, method, f"http://{url}", body]
        said = self._docker.run("python:3.7", "--network", self.network, args=args).stdout
        status, _, text = said.partition(" ")
        return int(status or 0), text

    def up(self, url: str) -> bool:
        return until(lambda: self.ask(url)[0] == 200, 10)

    def start(self, image: str, alias: str, *args: str) -> str:
        options = ("--network", self.network, "--network-alias", alias)
        return self._docker.start(image, *options, args=args)


def shop(docker: Hands, folder: Path) -> Iterator[str]:
    """Yield what lab 01 promises and this folder breaks."""
    names = ("monolith", "orders", "reports")
    images = {name: image_of(docker, folder, f"Dockerfile-{name}") for name in names}
    if not all(images.values()):
        yield "all three build"
        return
    net, word = _Shop(docker), secrets.token_hex(4)
    order = f'{{"item": "{word}", "month": 6}}'
    mono = net.start(images["monolith"], "mono")
    yield from unkept({"the monolith answers": net.up("mono:8000/orders")})
    net.ask("mono:8000/orders", "POST", order)
    reported = word in net.ask("mono:8000/reports/6")[1]
    net.ask("mono:8000/reports/13")
    fell = docker.inspect(mono, "State.Running") is False
    yield from unkept({"the monolith reports": reported, "the monolith falls": fell})
    orders = net.start(images["orders"], "orders")
    yield from unkept({"orders answers": net.up("orders:8000/orders")})
    reports = net.start(images["reports"], "reports")
    yield from unkept(
        {
            "reports answers": net.up("reports:8000/reports/6"),
            "orders takes an order": net.ask("orders:8000/orders", "POST", order)[0] // 100 == 2,
            "orders lists it": word in net.ask("orders:8000/orders")[1],
            "reports has it": word in net.ask("reports:8000/reports/6")[1],
            "in its month only": word not in net.ask("reports:8000/reports/5")[1],
            "all months": all(net.ask(f"reports:8000/reports/{n}")[0] == 200 for n in (1, 7, 12)),
            "else an error": net.ask("orders:8000/reports/13")[0] // 100 in {0, 4, 5},
            "orders goes on": word in net.ask("orders:8000/orders")[1],
        }
    )
    net.ask("reports:8000/reports/13")
    ended, code = (docker.inspect(reports, f"State.{key}") for key in ("Running", "ExitCode"))
    spared = word in net.ask("orders:8000/orders")[1]
    docker.docker("start", reports)
    back = net.up("reports:8000/reports/6")
    docker.docker("rm", "-f", orders)
    status, text = net.ask("reports:8000/reports/6")
    yield from unkept(
        {
            "the bug ends reports": ended is False and code != 0,
            "orders does not notice": spared,
            "reports is back": back,
            "without orders it says so": (status == 0 or status >= 500) and word not in text,
        }
    )


def networks(docker: Hands, folder: Path) -> Iterator[str]:
    """Yield what lab 06 promises and this folder breaks."""
    server, client = (
        image_of(docker, folder, f"Dockerfile-{name}") for name in ("server", "client")
    )
    if not server or not client:
        yield "both build"
        return
    form = docker.words(client, "Config.Entrypoint")
    word, inner, other = secrets.token_hex(4), docker.network(), docker.network()
    options = ("--network", inner, "--network-alias", "server", "-e", f"ANSWER={word}")
    docker.start(server, *options)
    base = docker.start(server, "-p", "127.0.0.1::1234", "-e", f"ANSWER={word}")
    port = docker.docker("port", base, "1234/tcp").stdout.strip().rpartition(":")[2] or "1"
    address = docker.inspect(base, "NetworkSettings.IPAddress")

    def raw(network: str, host: str, at: str) -> bool:
        args = ["python3", "-c", _RAW, host, word, at]
        return docker.run("python:3.7", "--network", network, args=args).returncode == 0

    def ask(network: str, where: str) -> tuple[int, bool]:
        done = docker.run(client, "--network", network, args=[where], seconds=25)
        return done.returncode, word in done.stdout

    def silent(network: str, where: str) -> bool:
        code, said = ask(network, where)
        return code not in {0, 124} and not said

    ports = docker.words(server, "Config.ExposedPorts")
    yield from unkept(
        {
            "declares the port": "1234/tcp" in ports,
            "the client's form": bool(form) and not (form[1:2] == ["-c"] and len(form) == 3),
            "the server answers, again and again": raw(inner, "server", "1234"),
            "published": raw("host", "127.0.0.1", port),
            "by name": until(lambda: ask(inner, "server:1234") == (0, True), 12),
            "localhost": silent(inner, "localhost:1234"),
            "from elsewhere": silent(other, "server:1234"),
            "nobody": silent(inner, "nobody:1234"),
            "by address on the bridge": ask("bridge", f"{address}:1234") == (0, True),
        }
    )


def errands(docker: Hands, folder: Path) -> Iterator[str]:
    """Yield what lab 07 promises and this folder breaks."""
    names = ("service", "client")
    service, client = (image_of(docker, folder, f"Dockerfile-{name}") for name in names)
    if not service or not client:
        yield "both build"
        return
    keyless = docker.run(service, seconds=10).returncode
    yield from unkept({"no key, no service": keyless not in {0, 124}})
    key, net = secrets.token_hex(6), _Shop(docker)
    with tempfile.TemporaryDirectory() as data:
        ask = partial(_ask, docker, client, net.network, data)
        yield from _errands(docker, net, service, key, Path(data) / "answers.txt", ask)


def _ask(
    docker: Hands, client: str, network: str, data: str, word: str, key: str
) -> tuple[int, str]:
    """Return how one errand ended and what it printed; without a key where it is empty."""
    options = ["--network", network, "-v", f"{data}:/data"]
    options += ["-e", f"SECRET_KEY={key}"] if key else []
    done = docker.run(client, *options, args=[word], seconds=15)
    return done.returncode, done.stdout


def _errands(
    docker: Hands,
    net: _Shop,
    service: str,
    key: str,
    file: Path,
    ask: "partial[tuple[int, str]]",
) -> Iterator[str]:
    def serve() -> str:
        name = net.start(service, "notifications", "--secret-key", key)
        until(lambda: "listening" in docker.logs(name), 10)
        return name

    def content() -> str:
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    one = serve()
    done = [(word, *ask(word, key)) for word in ("the bread", "butter", "is ready")]
    printed, kept, log = [said.strip() for _, _, said in done], content(), docker.logs(one)
    refused = [ask("let me in", other)[0] for other in ("wrong", "")]
    later = docker.logs(one).removeprefix(log)
    seconds, _ = stop(docker, one)
    alone = ask("anybody", key)[0]
    yield from unkept(
        {
            "each errand": all(code == 0 and word in said for word, code, said in done),
            "the file holds them": len(kept.splitlines()) == len(printed) and kept.endswith("\n"),
            "an answer is one line, printed and kept": all(
                line in said.splitlines()
                for line, said in zip(kept.splitlines(), printed, strict=False)
            ),
            "three requests": log.count("request ") == 3 == log.count(" 200 "),
            "the answers as they came": all(line in log for line in kept.splitlines()),
            "fails where it is refused": not {0, 124} & set(refused),
            "with the key it has": later.count("wrong key") == 1,
            "the service stops": seconds < 4 and "stopped" in docker.logs(one),
            "fails without the service": alone not in {0, 124},
            "a failure leaves the file alone": content() == kept,
        }
    )
    docker.docker("rm", "-f", one)
    docker.start("python:3.7", "--network", net.network, args=["sleep", "60"])
    serve()
    code, said = ask("still there", key)
    yield from unkept({"by name": code == 0 and "still there" in said})
