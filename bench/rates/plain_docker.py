"""The docker command line as a person would use it: what truth is measured with.

Nothing of the grader is used here but the given files; what a container shows is read from
`docker` and, of its processes, from /proc of this machine, which therefore has to be the engine's.
"""

import json
import re
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_BASES = r"(docker\.io/)?(library/)?python:3\.(7|1[234](-slim)?)"


class Hands:
    """Images, containers, networks, volumes: made by name and taken away at the end."""

    def __init__(self) -> None:
        self._mark = f"rates-{secrets.token_hex(4)}"
        self._made: list[tuple[str, ...]] = []
        self._count = 0

    def docker(self, *words: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Return what a docker command did; one that does not end in time ends with 124."""
        command = ["docker", *words]
        try:
            return subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 124, "", "it took too long")

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{self._mark}-{kind}-{self._count}"

    def build(self, folder: Path, file: str) -> str:
        """Return the tag of an image, "" where it cannot be built."""
        tag = self._name("image")
        if not (folder / file).is_file():
            return ""
        built = self.docker(
            "build",
            "-q",
            "--network",
            "none",
            "-t",
            tag,
            "-f",
            str(folder / file),
            str(folder),
            seconds=300,
        )
        self._made.append(("image", "rm", "-f", tag))
        return tag if built.returncode == 0 else ""

    def network(self) -> str:
        """Return the name of a new network."""
        name = self._name("network")
        self.docker("network", "create", "--internal", name)
        self._made.append(("network", "rm", name))
        return name

    def volume(self) -> str:
        """Return the name of a new volume."""
        name = self._name("volume")
        self._made.append(("volume", "rm", "-f", name))
        return name

    def start(self, image: str, *options: str, args: Sequence[str] = ()) -> str:
        """Return the name of a container that was started and left running, or not."""
        name = self._name("container")
        self._made.append(("rm", "-fv", name))
        self.docker("run", "-d", "--name", name, *options, image, *args)
        return name

    def run(
        self, image: str, *options: str, args: Sequence[str] = (), seconds: float = 40
    ) -> subprocess.CompletedProcess[str]:
        """Return what a container printed and how it ended."""
        name = self._name("container")
        self._made.append(("rm", "-fv", name))
        return self.docker("run", "--rm", "--name", name, *options, image, *args, seconds=seconds)

    def inspect(self, name: str, key: str) -> object:
        """Return one value of `docker inspect`."""
        found = self.docker("inspect", "--format", f"{{{{json .{key}}}}}", name)
        return json.loads(found.stdout) if found.returncode == 0 else None

    def words(self, name: str, key: str) -> list[str]:
        """Return a list of `docker inspect`, or the names in it; empty where there is none."""
        found = self.inspect(name, key)
        return [str(word) for word in found] if isinstance(found, list | dict) else []

    def logs(self, name: str) -> str:
        """Return all that a container printed."""
        found = self.docker("logs", name)
        return found.stdout + found.stderr

    def processes(self, name: str) -> list[tuple[int, list[str]]]:
        """Return the processes of a container, in its own numbers, with their arguments."""
        top = self.docker("top", name, "-eo", "pid")
        found = []
        for word in top.stdout.split()[1:]:
            try:
                status = Path(f"/proc/{word}/status").read_text(encoding="utf-8")
                argv = Path(f"/proc/{word}/cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            own = next(line for line in status.splitlines() if line.startswith("NSpid")).split()[-1]
            found.append((int(own), argv.split("\0")[:-1]))
        return sorted(found)

    def close(self) -> None:
        """Take away all that was made."""
        for words in reversed(self._made):
            self.docker(*words)


@contextmanager
def hands() -> Iterator[Hands]:
    """Yield hands; nothing of theirs is left."""
    found = Hands()
    try:
        yield found
    finally:
        found.close()


def unkept(promises: Mapping[str, bool]) -> Iterator[str]:
    """Yield the promises that are not kept."""
    return (promise for promise, kept in promises.items() if not kept)


def image_of(docker: Hands, folder: Path, file: str) -> str:
    """Return an image that may be built, from an allowed base, and can be; "" for another one."""
    path = folder / file
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    bases = [re.sub(r"\$\{?TAG\}?", "3.7", b) for b in re.findall(r"(?mi)^\s*FROM\s+(\S+)", text)]
    if not bases or not all(re.fullmatch(_BASES, base) for base in bases):
        return ""
    return docker.build(folder, file)


def stop(docker: Hands, name: str) -> tuple[float, object]:
    """Return how long `docker stop` took, with six seconds of patience, and the exit code."""
    begin = time.monotonic()
    docker.docker("stop", "-t", "6", name)
    return time.monotonic() - begin, docker.inspect(name, "State.ExitCode")


def until(test: Callable[[], bool], seconds: float = 15) -> bool:
    """Return whether something came to be true in time."""
    end = time.monotonic() + seconds
    while not test():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True
