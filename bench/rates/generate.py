"""All mutants and rewrites of all labs, in an order in which every beginning is a fair sample."""

import random
from collections.abc import Iterator, Mapping, Sequence

from bench.rates import dockerfile_operators, rewrites, script_operators, service_operators
from bench.rates.mutants import Change, Mutant, named
from grader.batch.solutions import read_solutions, solutions_folder
from tests.conftest import ROOT

_SCRIPTS = {"install-docker.sh", "post-install.sh", "entrypoint.sh"}
_PROGRAMS = {
    "orders.py": service_operators.ORDERS,
    "reports.py": service_operators.REPORTS,
    "client.py": service_operators.ASK,
}
# Given programs that a student may replace by an own one, under another name: mutated as that.
_OWN = {
    ("06", "Dockerfile-server"): ("server.py", "serve.py", service_operators.SERVER),
    ("06", "Dockerfile-client"): ("client.py", "ask.py", service_operators.CLIENT),
}


def generate(labs: Sequence[str]) -> list[Mutant]:
    """Return the mutants and rewrites of these labs, each change once, shuffled the same always."""
    found: dict[str, Mutant] = {}
    for lab in labs:
        model = model_of(lab)
        whole = {mutant.digest: mutant for mutant in _of_lab(lab, model)}
        found |= {
            digest: mutant
            for digest, mutant in whole.items()
            if any(model.get(name) != content for name, content in mutant.files.items())
        }
    every = sorted(found.values(), key=lambda mutant: mutant.digest)
    random.Random(14).shuffle(every)
    return every


def model_of(lab: str) -> Mapping[str, bytes]:
    """Return the files of a lab's model solution by name."""
    model = read_solutions(solutions_folder() / lab).model or {}
    return {name: file.content for name, file in model.items()}


def _of_lab(lab: str, model: Mapping[str, bytes]) -> Iterator[Mutant]:
    for file, content in model.items():
        text = content.decode()
        changes: list[Change] = []
        if file.startswith("Dockerfile"):
            changes += dockerfile_operators.operators(lab, file, text)
            changes += rewrites.of_dockerfile(lab, file, text)
            yield from _whole_files(lab, file, text)
            yield from _own_programs(lab, file, text)
        elif file in _SCRIPTS:
            changes += script_operators.operators(lab, text)
            changes += rewrites.of_text(file, text)
            yield from _whole_files(lab, file, text)
        elif file in _PROGRAMS:
            changes += service_operators.operators(_PROGRAMS[file], text)
            changes += rewrites.of_text(file, text)
        for change in changes:
            yield _mutant(lab, file, change)


def _mutant(lab: str, file: str, change: Change) -> Mutant:
    again = change.operator == "rewrite"
    content = change.text.encode()
    place = f"{file}: {change.place}"
    return Mutant(lab, change.operator, place, {file: content}, change.causes, rewrite=again)


def _whole_files(lab: str, file: str, text: str) -> Iterator[Mutant]:
    gone, other = named("file-missing"), named("file-misnamed", "file-missing")
    if file == "entrypoint.sh":  # its Dockerfile wants it, and says so
        gone, other = gone | {"copy-of-nothing"}, other | {"copy-of-nothing"}
    yield Mutant(lab, "file", f"{file}: missing", {file: None}, gone)
    yield Mutant(lab, "file", f"{file}.txt", {file: None, f"{file}.txt": text.encode()}, other)
    upper = file.swapcase()
    yield Mutant(lab, "file", upper, {file: None, upper: text.encode()}, other)
    empty = named("file-empty", "script-not-filled-in")
    yield Mutant(lab, "file", f"{file}: empty", {file: b""}, empty)
    wide = named("file-not-utf-8")
    yield Mutant(lab, "file", f"{file}: UTF-16", {file: text.encode("utf-16")}, wide)


def _own_programs(lab: str, file: str, text: str) -> Iterator[Mutant]:
    if (lab[:2], file) not in _OWN:
        return
    given, own, edits = _OWN[lab[:2], file]
    program = (ROOT / "assignments" / lab / given).read_text(encoding="utf-8")
    dockerfile = text.replace(given, own).encode()
    for change in service_operators.operators(edits, program):
        files = {file: dockerfile, own: change.text.encode()}
        yield Mutant(lab, change.operator, f"{own}: {change.place}", files, change.causes)
