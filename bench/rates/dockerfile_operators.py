"""Operators on Dockerfiles: drop, swap, move, another form, quotes, paths, names, what is added."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.rates.mutants import Change, named

# What is right to say where an instruction is gone, by lab, file and instruction; "*" is any file.
_GONE: Mapping[tuple[str, str, str], frozenset[str]] = {
    ("01", "*", "COPY"): named("program-not-copied"),
    ("01", "*", "CMD"): named("entrypoint-missing", "nothing-to-run"),
    ("04", "*", "COPY main.py"): named("program-not-copied"),
    ("04", "*", "COPY assets.tar.gz"): named("add-instead-of-copy"),
    ("04", "*", "ADD"): named("add-missing"),
    ("04", "*", "RUN"): named("file-never-made"),
    ("04", "*", "ENV"): named("env-missing"),
    ("04", "*", "ENTRYPOINT"): named("entrypoint-missing", "nothing-to-run"),
    ("04", "Dockerfile-exec", "CMD"): named("cmd-missing"),
    ("04", "Dockerfile-instructions", "CMD"): named("cmd-missing", "instruction-missing"),
    ("05", "*", "VOLUME"): named("volume-missing"),
    ("05", "*", "COPY"): named("program-not-copied", "run-fails"),
    ("05", "*", "CMD"): named("nothing-to-run", "entrypoint-missing"),
    ("05", "*", "RUN chmod"): named("not-executable"),
    ("05", "*", "RUN mkdir"): named("file-never-made"),
    ("06", "*", "COPY"): named("program-not-copied"),
    ("06", "*", "EXPOSE"): named("expose-missing"),
    ("06", "*", "ENTRYPOINT"): named("entrypoint-missing", "nothing-to-run"),
    ("07", "*", "COPY"): named("program-not-copied"),
    ("07", "*", "ENTRYPOINT"): named("entrypoint-missing", "nothing-to-run"),
}
_PROGRAMS = ("ENTRYPOINT", "CMD")
_NOT_FOUND = named("program-not-found", "shell-did-not-find")
_FILE_OF_PROGRAM = named("program-by-another-name", "program-not-found", "shell-did-not-find")


@dataclass(frozen=True, slots=True)
class Line:
    """An instruction of a model's Dockerfile: its place among the lines, its name and the rest."""

    at: int
    name: str
    rest: str

    @property
    def words(self) -> list[str] | None:
        """Return the words of a list, None for shell form."""
        return json.loads(self.rest) if self.rest.startswith("[") else None

    @property
    def short(self) -> str:
        """Return the instruction as it stands, for a name."""
        return f"{self.name} {self.rest}"[:60]


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A model's Dockerfile: one instruction on each line."""

    lab: str
    file: str
    text: str

    @property
    def instructions(self) -> list[Line]:
        """Return the instructions from top to bottom."""
        found = []
        for at, line in enumerate(self.text.split("\n")):
            if match := re.match(r"([A-Z]+) (.*)", line):
                found.append(Line(at, match[1], match[2]))
        return found

    def put(self, at: int, *lines: str) -> str:
        """Return the text with a line replaced by others, or by none."""
        old = self.text.split("\n")
        return "\n".join([*old[:at], *lines, *old[at + 1 :]])

    def gone(self, line: Line) -> frozenset[str]:
        """Return what is right to say where an instruction is missing."""
        if line.name == "FROM":
            return named("from-missing")
        for (lab, file, start), causes in _GONE.items():
            here = self.lab.startswith(lab) and file in {"*", self.file}
            if here and f"{line.name} {line.rest}".startswith(start):
                return causes
        return named()


def operators(lab: str, file: str, text: str) -> Iterator[Change]:
    """Yield every change of one Dockerfile."""
    found = Dockerfile(lab, file, text)
    for line in found.instructions:
        yield from _of_any(found, line)
        if line.name in {"ENTRYPOINT", "CMD", "VOLUME"} and line.words:
            yield from _of_list(found, line, line.words)
        if line.name in _PROGRAMS:
            yield from _of_program(found, line)
        if line.name in {"COPY", "ADD"}:
            yield from _of_copy(found, line)
        if line.name == "FROM":
            yield from _of_base(found, line)
    yield from _order(found)
    yield from _added(found)


def _of_any(file: Dockerfile, line: Line) -> Iterator[Change]:
    yield Change("drop", line.short, file.put(line.at), file.gone(line))
    commented = named("instruction-commented-out") | file.gone(line)
    if line.name not in {"FROM", "EXPOSE", "WORKDIR"}:
        text = file.put(line.at, f"# {line.name} {line.rest}")
        yield Change("comment out", line.short, text, commented if file.gone(line) else named())
    misspelt = line.name[:-2] + line.name[-1] + line.name[-2]
    text = file.put(line.at, f"{misspelt} {line.rest}")
    yield Change("misspell", f"{misspelt} {line.rest}", text, named("instruction-misspelt"))
    if line.name == "ENV":
        name, _, value = line.rest.partition("=")
        for new, cause in (
            (f"ARG {line.rest}", "arg-instead-of-env"),
            (f"RUN export {line.rest}", "export-instead-of-env"),
            (f"ENV {name.lower()}={value}", "env-misspelt"),
            (f"ENV {name}={value}s", "env-other-value"),
            (f"ENV {name} '{value}'", ""),
            (f"ENV {name} = {value}", "env-other-value"),
        ):
            causes = named(cause) if cause else named()
            yield Change("another form", new, file.put(line.at, new), causes)
    if line.name == "EXPOSE" and file.lab.startswith("06"):
        for new in ("1243", "1234/udp", "80", "12341"):
            text = file.put(line.at, f"EXPOSE {new}")
            yield Change("path", f"EXPOSE {new}", text, named("expose-another-port"))


def _of_list(file: Dockerfile, line: Line, words: Sequence[str]) -> Iterator[Change]:
    def put(operator: str, rest: str, *causes: str) -> Change:
        new = f"{line.name} {rest}"
        return Change(operator, new, file.put(line.at, new), named(*causes))

    plain = " ".join(words)
    program = line.name == "ENTRYPOINT" or (line.name == "CMD" and "python3" in plain)
    yield put("quote", line.rest.replace('"', "'"), "list-single-quotes")
    yield put("quote", re.sub(r'"([^"]*)"', "“\\1”", line.rest), "list-typographic-quotes")
    yield put("quote", line.rest.replace('"', ""), "list-bare-words")
    yield put("quote", line.rest[:-2] + "]", "list-bare-words")
    yield put("form", line.rest[:-1] + ",]", "list-trailing-comma")
    yield put("form", line.rest[1:-1], "list-without-brackets", "command-quoted-whole")
    yield put("form", line.rest[:-1], "list-without-brackets")
    if len(words) > 1:
        yield put("form", line.rest.replace('", "', '" "', 1), "list-missing-comma")
        whole = ("list-one-element",) if program else ("cmd-one-element", "list-one-element")
        yield put("form", json.dumps([plain]), *whole)
        yield put("quote", f'"{plain}"', "command-quoted-whole", "list-without-brackets")
    if line.name == "VOLUME":
        yield put("path", '["usr/src/data"]', "volume-relative")
        yield put("path", '["/usr/src/date"]', "volume-at-another-path")
        yield put("path", '["/usr/src/data/save_file"]', "volume-at-another-path")
        yield put("path", '["/usr/src"]', "volume-at-another-path")
        return
    shell = {
        ("04", "ENTRYPOINT"): ("shell-form-for-exec-form", "shell-keeps-arguments"),
        ("04", "CMD"): ("cmd-in-shell-form",),
        ("06", "ENTRYPOINT"): ("shell-form-for-exec-form", "shell-keeps-arguments"),
        ("07", "ENTRYPOINT"): ("shell-keeps-arguments", "shell-form-for-exec-form"),
        ("05", "CMD"): ("shell-keeps-arguments", "shell-stays"),
    }.get((file.lab[:2], line.name), ())
    yield put("form", plain, *shell)
    in_list = ("shell-in-a-list", "shell-keeps-arguments", "shell-stays")
    yield put("form", json.dumps(["sh", "-c", plain]), *in_list)
    yield put("form", json.dumps(["exec", *words]), "list-shell-words", "program-not-found")
    yield put("form", json.dumps([*words, "&"]))
    if line.name == "CMD" and not program and file.lab.startswith("04"):
        yield put("form", json.dumps(["python3", "main.py", *words]), "cmd-repeats-program")
        yield put("form", json.dumps(words[:-1]), "cmd-other-words")
        yield put("form", json.dumps([*words, "more"]), "cmd-other-words")
        yield put("form", json.dumps([plain.upper()]), "cmd-other-words", "cmd-one-element")


def _of_program(file: Dockerfile, line: Line) -> Iterator[Change]:
    def put(operator: str, rest: str, *causes: str) -> Change:
        new = f"{line.name} {rest}"
        return Change(operator, new, file.put(line.at, new), named(*causes))

    other = "CMD" if line.name == "ENTRYPOINT" else "ENTRYPOINT"
    text = file.put(line.at, f"{other} {line.rest}")
    causes = named("entrypoint-missing", "cmd-twice", "entrypoint-and-cmd-swapped")
    if line.name == "CMD":
        causes = named("cmd-missing", "entrypoint-and-cmd-swapped", "instruction-missing")
    if file.lab[:2] in {"01", "05"}:
        causes = named()
    yield Change("another instruction", f"{other} {line.rest}", text, causes)
    yield Change("another instruction", f"RUN {line.rest}", file.put(line.at, f"RUN {line.rest}"))
    if "python3" not in line.rest and "entrypoint.sh" not in line.rest:
        return
    for old, new, names in (
        ("python3", "pyhton3", _NOT_FOUND),
        (".py", ".yp", _FILE_OF_PROGRAM),
        ("entrypoint.sh", "entrypiont.sh", _FILE_OF_PROGRAM),
        ("./entrypoint.sh", "entrypoint.sh", _NOT_FOUND),
        ("save_file", "savefile", frozenset[str]()),
        ("../data", "./data", frozenset[str]()),
        ('"python3", ', "", _NOT_FOUND | named("not-executable")),
        ("python3 ", "", _NOT_FOUND | named("not-executable")),
        ('"python3"', '"sh"', named("another-program", "python-by-a-shell")),
        ('"python3"', '"bash"', named("another-program", "python-by-a-shell")),
        ("python3 main.py", "python3", named("another-program", "python-by-a-shell")),
        ('", "main.py"', '"', named("another-program", "python-by-a-shell")),
    ):
        if old in line.rest:
            yield put("path", line.rest.replace(old, new), *names)
    if file.lab.startswith("04"):
        yield from _of_the_process(file, line)


def _of_the_process(file: Dockerfile, line: Line) -> Iterator[Change]:
    """Yield what changes who is process 1, or what it hears."""
    if line.name != "ENTRYPOINT":
        return

    def put(operator: str, rest: str, *causes: str) -> Change:
        new = f"ENTRYPOINT {rest}"
        return Change(operator, new, file.put(line.at, new), named(*causes))

    if line.words:
        for start in (
            ["timeout", "60"],
            ["nice"],
            ["env", "-i"],
            ["/bin/sh", "-c", "python3 main.py; true"],
        ):
            words = start if "-c" in start else [*start, *line.words]
            causes = ("shell-in-a-list", "shell-keeps-arguments", "wrapper-stays")
            yield put("wrap", json.dumps(words), *causes)
        yield put(
            "wrap",
            json.dumps([*line.words, "hello"]),
            "defaults-in-entrypoint",
            "arguments-on-the-line",
        )
        return
    bare = line.rest.removeprefix("exec ")
    fixed = line.rest != bare
    stays = "shell-stays" if fixed else "shell-made-to-leave"
    yield put("form", bare if fixed else f"exec {bare}", stays)
    yield put("form", json.dumps(bare.split()), "exec-form-for-shell-form")
    yield put(
        "form", json.dumps(["exec", *bare.split()]), "list-shell-words", "exec-form-for-shell-form"
    )
    yield put(
        "form", json.dumps(["sh", "-c", line.rest]), "exec-form-for-shell-form", "shell-in-a-list"
    )
    yield put("quote", f'"{line.rest}"', "command-quoted-whole")
    yield put("quote", f"'{line.rest}'", "command-quoted-whole")
    yield put("wrap", f"{line.rest} &", "started-in-background")
    yield put("wrap", f"{line.rest} | cat", "shell-in-a-pipe")
    yield put("wrap", f"{line.rest}; true")
    yield put("wrap", f"{line.rest} && true")
    yield put("wrap", f"{line.rest} hello", "arguments-on-the-line")
    yield put("wrap", f'{line.rest} "$@"', "shell-hands-arguments-on", "first-argument-swallowed")
    yield put(
        "wrap",
        f"bash -c '{line.rest}'",
        "shell-replaced-by-shell",
        "exec-of-a-shell",
        "shell-stays",
    )
    yield put("wrap", f"trap '' TERM; {line.rest}", "sigterm-ignored", "handler-where-none-belongs")
    yield put(
        "wrap",
        f"trap 'exit 0' TERM; {bare}",
        "trap-instead-of-exec",
        "handler-where-none-belongs",
        "shell-stays",
    )
    yield put(
        "wrap",
        f"trap 'exit 0' TERM; {bare} & wait",
        "trap-instead-of-exec",
        "handler-where-none-belongs",
    )
    yield put("wrap", f"EXEC {bare}", "shell-did-not-find")


def _of_copy(file: Dockerfile, line: Line) -> Iterator[Change]:
    def put(operator: str, rest: str, *causes: str, name: str = line.name) -> Change:
        new = f"{name} {rest}"
        return Change(operator, new, file.put(line.at, new), named(*causes))

    source, target = line.rest.split()
    stem = source.split(".")[0]
    archive = source.endswith("gz")
    yield put("path", source, "copy-without-target")
    yield put("path", f"{source.replace(stem, stem + '1')} {target}", "copy-of-nothing")
    yield put("path", f"{source.title()} {target}", "copy-of-nothing")
    yield put("path", f"../{source} {target}", "copy-from-outside")
    yield put("path", f"app/{source} {target}", "copy-of-nothing")
    yield put("path", f".\\{source} {target}", "copy-windows-path", "copy-of-nothing")
    yield put("path", f"{source}, {target}", "copy-of-nothing")
    other = "ADD" if line.name == "COPY" else "COPY"
    swapped = ("add-instead-of-copy",) if other == "ADD" else ("copy-instead-of-add",)
    yield put("another instruction", line.rest, *(swapped if archive else ()), name=other)
    if archive:
        yield put(
            "path",
            f"{source} {target.rstrip('/')}",
            *(("copy-without-slash",) if line.name == "COPY" else ()),
        )
        yield put(
            "path",
            f"{source} /{target}",
            "unpacked-elsewhere",
            "workdir-below-files",
            "copied-elsewhere",
        )
        yield put("path", f"{source} .", "unpacked-elsewhere", "copied-elsewhere")
        yield put("path", f"{source} {target[:-2]}/", "unpacked-elsewhere", "copied-elsewhere")
    else:
        for elsewhere in ("/srv/", "/", "./app/", "main1.py"):
            yield put("path", f"{source} {elsewhere}", "copied-elsewhere")
        yield put(
            "path", f". {target}", *(("cache-spoilt-by-copy",) if "instr" in file.file else ())
        )


def _of_base(file: Dockerfile, line: Line) -> Iterator[Change]:
    for base, *causes in (
        ("python", "base-without-tag"),
        ("python:latest", "base-not-allowed", "base-without-tag"),
        ("python:3.6", "base-not-allowed"),
        ("python3.7", "base-not-allowed", "base-without-tag"),
        ("ubuntu:22.04", "base-not-allowed"),
        ("pyhton:3.7", "base-not-allowed"),
        ("python 3.7",),
        ("python:$VERSION", "argument-of-from"),
    ):
        text = file.put(line.at, f"FROM {base}")
        yield Change("base", f"FROM {base}", text, named(*causes))


def _order(file: Dockerfile) -> Iterator[Change]:
    every = file.instructions
    lines = file.text.split("\n")
    for one, two in pairwise(every):
        moved = list(lines)
        moved[one.at], moved[two.at] = moved[two.at], moved[one.at]
        causes = named("from-missing") if one.name == "FROM" else named()
        if one.name == "RUN" and two.name == "VOLUME":
            causes = named("file-below-volume")
        if one.name == "WORKDIR" and two.name == "COPY":
            causes = named("workdir-below-copy", "copied-elsewhere", "workdir-below-files")
        if one.name == "RUN" and two.name == "COPY" and file.lab.startswith("04"):
            causes = named("cache-spoilt-by-copy")
        if one.name == "CMD" and two.name == "ENTRYPOINT":
            causes = named()
        if file.lab.startswith("05") and one.name == "COPY" and two.name == "RUN":
            causes = named("run-fails")
        yield Change("swap", f"{one.short} / {two.short}", "\n".join(moved), causes)
    work = next((line for line in every if line.name == "WORKDIR"), None)
    if work:
        text = "\n".join([*lines[: work.at], *lines[work.at + 1 : -1], lines[work.at], ""])
        causes = named("workdir-below-copy", "workdir-below-files", "copied-elsewhere")
        yield Change("order", "WORKDIR last", text, causes)
    base = every[0]
    text = "\n".join([*lines[base.at + 1 : -1], lines[base.at], ""])
    yield Change("order", "FROM last", text, named("from-missing"))


def _added(file: Dockerfile) -> Iterator[Change]:
    last = file.instructions[-1].at

    def above(*lines: str) -> str:
        return file.put(last, *lines, file.text.split("\n")[last])

    yield Change("add", "USER student", above("USER student"), named("user-unknown"))
    yield Change("add", "RUN exit 3", above("RUN exit 3"), named("run-fails"))
    yield Change(
        "add", "RUN pip install", above("RUN pip install requests"), named("run-needs-network")
    )
    conflict = [
        "<<<<<<< HEAD",
        file.text.split("\n")[last],
        "=======",
        file.text.split("\n")[last],
        ">>>>>>> main",
    ]
    yield Change("add", "a conflict", file.put(last, *conflict), named("merge-conflict-left"))
    if file.lab[:2] in {"04", "05", "07"}:
        for signal in ("SIGKILL", "SIGINT"):
            causes = named("stopsignal-changed", "stopsignal-instead")
            yield Change("add", f"STOPSIGNAL {signal}", above(f"STOPSIGNAL {signal}"), causes)
    if file.lab.startswith("04") and "shell" in file.file:
        text = above('SHELL ["/bin/bash", "-c"]')
        causes = named("shell-replaced-by-shell", "shell-made-to-leave")
        yield Change("add", "SHELL bash", text, causes)
    if file.lab[:2] in {"04", "07", "06"}:
        text = (
            above("ENTRYPOINT []")
            if "ENTRYPOINT" not in file.text
            else f"{file.text}ENTRYPOINT []\n"
        )
        yield Change("add", "ENTRYPOINT []", text, named("entrypoint-missing", "nothing-to-run"))
    text = f'{file.text}CMD ["echo", "done"]\n'
    yield Change("add", "CMD echo", text)
