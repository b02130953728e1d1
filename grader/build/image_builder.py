"""Builds one submitted Dockerfile: screened first, in a context of the grader's own making."""

import hashlib
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from grader.build.base_images import Bases
from grader.build.dockerfile.parser import Dockerfile, DockerfileSyntaxError, parse
from grader.build.dockerfile.screen import final_base, screen
from grader.core.errors import EngineFault
from grader.core.text import lines, shorten
from grader.engine.profile import BUILD_DEADLINE, BUILD_LIMITS, BUILD_LOG_LIMIT, MIB
from grader.engine.protocol import CACHE, LABEL, BuildRecord, Engine
from grader.engine.tar import pack
from grader.facts import BaseFacts, Fault, NotSeen, Place
from grader.spec.assignment import Assignment
from grader.submission.snapshot import LabFiles

# How the engine begins to speak of faults that are never a Dockerfile's. Anchored: further on, a
# message quotes the student's own words.
_ENGINE_FAULT = re.compile(
    r"failed to (export image|register layer|create .*container|get destination image)"
    r"|unknown parent image"
    r"|error creating (overlay|aufs)"
    r"|pull access denied|Get \"|dial tcp|context canceled|rpc error"
    r"|(write|mkdir|open|link|symlink) /var/lib/docker"
    r"|OCI runtime create failed: .*cgroup"
)
_KILLED = 137
_MOST_MADE = 1000  # builds that are remembered
# The builder paints what a step writes to standard error.
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# A RUN step that wanted something from the internet.
_FETCHES = re.compile(
    r"The command '[^\n]*\b(pip3?|apt|apt-get|curl|wget|git|npm) "
    r"|(Could not|Temporary failure) .*resol|[Nn]etwork is unreachable"
)
_STEP = re.compile(r"^Step (\d{1,4})/(\d{1,4}) : ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Built:
    """A built image with what the student wrote and the base it stands on."""

    image_id: str
    dockerfile: Dockerfile
    base: BaseFacts


class BuildCache:
    """Has each context built once a run; who asks for one that is under way waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[str, tuple[threading.Lock, int]] = {}
        self._made: dict[str, str] = {}

    def build(
        self, engine: Engine, context: bytes, dockerfile: str, *, fresh: bool = False
    ) -> BuildRecord:
        """Return the build's record; without a log where it was made before.

        With `fresh` the engine is asked in any case: its own cache may lead to another image.
        """
        key = hashlib.sha256(dockerfile.encode() + b"\0" + context).hexdigest()
        with self._turn(key):
            made = None if fresh else self._made.get(key)
            if made and engine.image(made):
                return BuildRecord(image_id=made, error="", code=None, log="")
            record = engine.build(context, dockerfile=dockerfile, deadline=BUILD_DEADLINE)
            if record.image_id:
                self._remember(key, record.image_id)
            return record

    @contextmanager
    def _turn(self, key: str) -> Iterator[None]:
        with self._lock:
            turn, waiting = self._turns.get(key, (threading.Lock(), 0))
            self._turns[key] = (turn, waiting + 1)
        try:
            with turn:
                yield
        finally:
            with self._lock:
                _, waiting = self._turns.pop(key)
                if waiting > 1:
                    self._turns[key] = (turn, waiting - 1)

    def _remember(self, key: str, image_id: str) -> None:
        with self._lock:
            self._made[key] = image_id
            if len(self._made) > _MOST_MADE:  # the oldest: dictionaries keep their order
                del self._made[next(iter(self._made))]


@dataclass(frozen=True, slots=True)
class ImageBuilder:
    """What every build of one lab shares."""

    engine: Engine
    bases: Bases
    assignment: Assignment
    files: LabFiles
    builds: BuildCache = field(default_factory=BuildCache)

    def build(
        self, name: str, changed: Mapping[str, bytes] | None = None, *, fresh: bool = False
    ) -> Built | NotSeen:
        """Build the image `name`; `changed` replaces provided files in the context.

        Returns NotSeen with the student's fault for anything their Dockerfile does wrong;
        raises EngineError for anything else.
        """
        path = self.assignment.images[name].dockerfile
        dockerfile = _read(path, self.files)
        if isinstance(dockerfile, NotSeen):
            return dockerfile
        reference = final_base(dockerfile, self.assignment.bases)
        base = None if reference is None else self.bases.get(reference)
        variables = self.bases.variables(self.assignment.bases)
        refused = _screened(path, dockerfile, self.assignment, self.files, variables)
        if refused or base is None:
            return refused or _no_base(path)
        files = dict(self.files.files) | dict(self.assignment.provided) | dict(changed or {})
        files[path] = _labelled(self.files.files[path].decode("utf-8-sig"), dockerfile).encode()
        executable = self.files.executable - set(self.assignment.provided)
        record = self.builds.build(self.engine, pack(files, executable), path, fresh=fresh)
        if record.image_id is None:
            return _failed(record, path, _failed_line(record.log, dockerfile))
        return Built(record.image_id, dockerfile, base)


def refusal(assignment: Assignment, files: LabFiles, name: str) -> NotSeen | None:
    """Return why the image `name` is not built, as far as that can be said without an engine."""
    path = assignment.images[name].dockerfile
    dockerfile = _read(path, files)
    if isinstance(dockerfile, NotSeen):
        return dockerfile
    # Of variables of the bases nobody knows here; taking none for set refuses no file too many.
    refused = _screened(path, dockerfile, assignment, files, frozenset())
    if refused or final_base(dockerfile, assignment.bases):
        return refused
    return _no_base(path)


def _read(path: str, files: LabFiles) -> Dockerfile | NotSeen:
    raw = files.files.get(path)
    if raw is None:
        return missing(path, files)
    try:
        dockerfile = parse(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        why = f"{path} is not plain UTF-8 text (line {line}). Save it as UTF-8 and try again."
        return NotSeen(fault=Fault.STUDENT, why=why, place=Place(file=path, line=line))
    except DockerfileSyntaxError as error:
        why = f"{path}, line {error.line}: {error.message}"
        return NotSeen(fault=Fault.STUDENT, why=why, place=Place(file=path, line=error.line))
    return dockerfile


def _screened(
    path: str,
    dockerfile: Dockerfile,
    assignment: Assignment,
    files: LabFiles,
    variables: frozenset[str],
) -> NotSeen | None:
    """Return why not to build; `variables` are those that the bases set."""
    known = {*files.files, *assignment.provided}
    refusals = screen(dockerfile, assignment.bases, known, base_env=variables)
    if not refusals:
        return None
    why = "; ".join(f"{path}, line {refusal.line}: {refusal.reason}" for refusal in refusals)
    place = Place(file=path, line=refusals[0].line)
    return NotSeen(fault=Fault.STUDENT, why=f"It was not built. {why}", place=place)


def _no_base(path: str) -> NotSeen:
    # The screen names the base that is not allowed; this is for what it may have let through.
    why = f"It was not built: {path} does not end up on one of the allowed base images."
    return NotSeen(fault=Fault.STUDENT, why=why, place=Place(file=path))


def missing(path: str, files: LabFiles) -> NotSeen:
    """Return why a file that should have been handed in is not there."""
    if path in files.left_out:
        why = f"{path} could not be taken: {files.left_out[path]}."
        return NotSeen(fault=Fault.STUDENT, why=why, place=Place(file=path))
    near = next((name for name in files.files if name.lower() == path.lower()), None)
    near = near or next((n for n in files.files if n.removesuffix(".txt") == path), None)
    hint = f"There is {near}: rename it." if near else "Add the file under exactly that name."
    why = f"{path} was not handed in. {hint}"
    return NotSeen(fault=Fault.STUDENT, why=why, place=Place(file=path))


def _labelled(text: str, dockerfile: Dockerfile) -> str:
    """Return the text with a label after each FROM.

    So every intermediate image of a build carries the label and can be found again, also those
    of a build that fails; the API's own `labels` parameter reaches only the last image.
    """
    # Lines end where the parser ends them, at a newline: splitlines() knows ten more characters.
    rows = text.split("\n")
    ends = [entry.end_line for entry in dockerfile.instructions if entry.name == "FROM"]
    for end in sorted(ends, reverse=True):
        rows.insert(end, f"LABEL {LABEL}={CACHE}")
    return "\n".join(rows)


def _failed_line(log: str, dockerfile: Dockerfile) -> int | None:
    """Return the line of the step a build had reached, as the builder counts steps.

    A step that prints such a line itself misplaces no more than a pointer for its author.
    """
    # The grader's own LABEL is the step after each FROM.
    steps = [each for each in dockerfile.instructions for _ in range(1 + (each.name == "FROM"))]
    reached = [number for number, total in _STEP.findall(log) if int(total) == len(steps)]
    number = int(reached[-1]) if reached else 0
    return steps[number - 1].line if 0 < number <= len(steps) else None


def _failed(record: BuildRecord, path: str, line: int | None) -> NotSeen:
    if record.code is None and _ENGINE_FAULT.match(record.error):
        raise EngineFault(f"building: {record.error}")
    place = Place(file=path, line=line)
    text = _COLOUR.sub("", record.log)
    own = f": LABEL {LABEL}={CACHE}"
    evidence = lines("\n".join(r for r in text.split("\n") if not r.endswith(own)), limit=30)
    hint = ""
    memory = int(BUILD_LIMITS["memory"]) // MIB
    if record.timed_out:
        why = f"Building {path} took longer than {BUILD_DEADLINE:.0f} s and was cut off."
        hint = "RUN runs while the image is built: what containers are to run goes in ENTRYPOINT."
    elif record.flooded:
        limit = BUILD_LOG_LIMIT // MIB
        why = f"Building {path} printed more than {limit} MiB and was cut off."
    elif record.code == _KILLED:
        why = f"A RUN step of {path} was killed (137); it may use {memory} MiB of memory."
    else:
        why = f"Building {path} failed: {shorten(record.error, 300)}"
        if record.code and _FETCHES.search(f"{record.error}\n{text}"):
            hint = (
                "Builds have no network here: nothing can be downloaded or installed, and nothing "
                "has to be. Use what is in the base image."
            )
    return NotSeen(fault=Fault.STUDENT, why=why, hint=hint, place=place, evidence=evidence)
