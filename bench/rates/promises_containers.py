"""The promises of labs 04 and 05: forms of ENTRYPOINT, PID 1, instructions, volumes."""

import re
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.rates.plain_docker import Hands, image_of, stop, unkept, until

_DATA = "/usr/src/data"


def forms(docker: Hands, folder: Path) -> Iterator[str]:
    """Yield what lab 04 promises and this folder breaks."""
    for kind in ("exec", "shell", "shell-fixed", "instructions"):
        file = f"Dockerfile-{kind}"
        image = image_of(docker, folder, file)
        if not image:
            yield f"{file} builds"
        elif kind == "instructions":
            yield from _instructions(docker, image, (folder / file).read_text(encoding="utf-8"))
        else:
            yield from _form(docker, image, kind)


def _form(docker: Hands, image: str, kind: str) -> Iterator[str]:
    words = docker.words(image, "Config.Entrypoint")
    in_shell = words[1:2] == ["-c"] and len(words) == 3
    yield from unkept({f"{kind}: the form": bool(words) and in_shell == (kind != "exec")})
    for args in ((), ("one", "two words")):
        name = docker.start(image, "-e", "PYTHONUNBUFFERED=1", args=args)
        if not until(_Runs(docker, name), 8):
            yield f"{kind}: runs main.py"
            return
        yield from _run(docker, name, kind, args)


def _run(docker: Hands, name: str, kind: str, args: Sequence[str]) -> Iterator[str]:
    number, got = _main(docker, name) or (0, [])
    want = (list(args) or ["hello", "this", "is", "CMD"]) if kind == "exec" else []
    until(lambda: bool(docker.logs(name)), 8)
    seconds, code = stop(docker, name)
    said = "EXITING SAFELY" in docker.logs(name)
    killed = kind == "shell"
    yield from unkept(
        {
            # What CMD gives is promised for exec form only.
            f"{kind}: arguments {args}": got == want or (not args and kind != "exec"),
            f"{kind}: who is PID 1": (number == 1) != killed,
            f"{kind}: stopped with {code} after {seconds:.0f} s": (code == 137) == killed != said,
        }
    )


class _Runs:
    """Whether main.py runs in a container."""

    def __init__(self, docker: Hands, name: str) -> None:
        self._docker, self._name = docker, name

    def __call__(self) -> bool:
        return _main(self._docker, self._name) is not None


def _main(docker: Hands, name: str) -> tuple[int, list[str]] | None:
    """Return number and arguments, behind the script, of the process that runs main.py."""
    for number, argv in docker.processes(name):
        if argv and "python" in argv[0]:
            for at, word in enumerate(argv):
                if word.endswith("main.py"):
                    return number, argv[at + 1 :]
    return None


def _instructions(docker: Hands, image: str, text: str) -> Iterator[str]:
    name = docker.start(image, "-e", "PYTHONUNBUFFERED=1")
    other = docker.start(image, "-e", "PYTHONUNBUFFERED=1", "-e", "GREETING=another")
    paths = ["packed", "unpacked/assets", "built.txt"]
    shown = docker.run(image, "--entrypoint", "ls", args=paths).stdout
    packed = docker.run(image, "--entrypoint", "tar", args=["tzf", "packed/assets.tar.gz"])
    steps = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    runs = [at for at, step in enumerate(steps) if re.match(r"(?i)\s*run .*built\.txt", step)]
    copy = r"(?i)\s*(copy|add) .*(main|\s\.\s)"
    copies = [at for at, step in enumerate(steps) if re.match(copy, step)]
    words = ("FROM", "COPY", "ADD", "RUN", "ENV", "ENTRYPOINT", "CMD")
    yield from unkept(
        {f"uses {word}": bool(re.search(rf"(?mi)^\s*{word}\s", text)) for word in words}
        | {f"{path} is there": path in shown for path in ("assets.tar.gz", "words", "built.txt")}
        | {
            "GREETING is hello": until(lambda: docker.logs(name).startswith("hello\n"), 8),
            "GREETING changes": until(lambda: docker.logs(other).startswith("another\n"), 8),
            "packed stays packed": packed.returncode == 0,
            "RUN is above what copies main.py": bool(runs)
            and (not copies or min(copies) > min(runs)),
        }
    )


def volumes(docker: Hands, folder: Path) -> Iterator[str]:
    """Yield what lab 05 promises and this folder breaks."""
    image = image_of(docker, folder, "Dockerfile")
    if not image:
        yield "it builds"
        return
    yield from unkept({"declares the volume": _DATA in docker.words(image, "Config.Volumes")})
    word, volume = secrets.token_hex(4), docker.volume()
    log = _Log(docker, volume)

    def start(line: str, mode: str = "") -> str:
        mount = f"{volume}:{_DATA}{mode}"
        return docker.start(image, "-v", mount, "-e", f"ADD_LINE={line}-{word}")

    one = start("one")
    yield from unkept({"prints what was added": log.has(one, f"one-{word}")})
    content = log.content()
    log.append(f"later-{word}")
    followed = log.has(one, f"later-{word}", 4)
    seconds, code = stop(docker, one)
    said = docker.logs(one)
    log.append("$(seq 12)")
    two, plain = start("two"), docker.start(image)
    yield from unkept(
        {
            "first line, then the added one": content == ["first line", f"one-{word}"],
            "follows the file": followed,
            f"stopped with {code} after {seconds:.0f} s": code == 0 and seconds < 5,
            "terminating is said, at the end": "terminating" in said
            and "terminating" not in said.partition(f"later-{word}")[0],
            "the next prints what was there": log.has(two, f"one-{word}")
            and log.has(two, f"two-{word}"),
            "appends": {f"one-{word}", f"two-{word}", "first line"} <= set(log.content()),
            "without a volume it begins anew": log.has(plain, "first line")
            and word not in docker.logs(plain),
            "goes on without ADD_LINE": docker.inspect(plain, "State.Running") is True,
        }
    )
    late = start("three", ":ro")
    log.append(f"last-{word}")
    yield from unkept(
        {
            "read-only: goes on": log.has(late, f"last-{word}"),
            "read-only: says so": log.has(late, "cannot write", 2),
            "and only there": "cannot write" not in docker.logs(two) + docker.logs(plain),
        }
    )
    with tempfile.TemporaryDirectory() as host:
        third = docker.start(image, "-v", f"{host}:{_DATA}", "-e", f"ADD_LINE=host-{word}")
        file = Path(host) / "save_file"
        there = until(lambda: file.is_file() and word in file.read_text(encoding="utf-8"), 12)
        docker.docker("rm", "-fv", third)
    yield from unkept({"a folder of the host": there})


class _Log:
    """What containers print, and what is in the volume's file, read beside them."""

    def __init__(self, docker: Hands, volume: str) -> None:
        self._docker, self._volume = docker, volume

    def has(self, name: str, text: str, seconds: float = 12) -> bool:
        return until(lambda: text in self._docker.logs(name), seconds)

    def content(self) -> list[str]:
        return self._beside("cat /v/save_file").splitlines()

    def append(self, line: str) -> None:
        self._beside(f'echo "{line}" >> /v/save_file')

    def _beside(self, command: str) -> str:
        mount = f"{self._volume}:/v"
        return self._docker.run("python:3.7", "-v", mount, args=["sh", "-c", command]).stdout
