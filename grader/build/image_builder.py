"""Builds one submitted Dockerfile: screened first, in a context of the grader's own making."""

import hashlib
import logging
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from grader.build.base_images import Bases
from grader.build.dockerfile.parser import Dockerfile, DockerfileSyntaxError, parse
from grader.build.dockerfile.rewrite import rewrite
from grader.build.dockerfile.screen import final_base, screen
from grader.build.dockerfile.stage_bases import stage_bases
from grader.build.dockerignore import NAME as IGNORE_FILE
from grader.build.dockerignore import DockerignoreError, left_out
from grader.build.failed_build import OWN_LABEL, failed_line, failure
from grader.core.errors import EngineFault, EngineRefusal
from grader.core.logs import short
from grader.engine.profile import BUILD_DEADLINE, IMAGE_LIMIT, MIB
from grader.engine.protocol import BuildRecord, Engine
from grader.engine.tar import pack
from grader.facts import BaseFacts, Fault, NotSeen, Place
from grader.spec.assignment import Assignment
from grader.submission.snapshot import LabFiles

_log = logging.getLogger(__name__)

_HEAD = 64  # bytes
_NO_CHARACTER = "\N{REPLACEMENT CHARACTER}"
_PACE = 5.0  # seconds; a build of two lines takes half a second on a quiet machine
_MOST_MADE = 1000  # builds that are remembered


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
                _log.debug("%s was built before in this run: %s", dockerfile, short(made))
                return BuildRecord(image_id=made, error="", code=None, log="")
            _log.debug("building %s: context of %d bytes", dockerfile, len(context))
            record = engine.build(context, dockerfile=dockerfile, deadline=BUILD_DEADLINE)
            _log.debug("%s: %s", dockerfile, short(record.image_id or "") or record.error)
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
        allowed = self.assignment.bases
        variables = self.bases.variables(allowed)
        ignored = _screened(path, dockerfile, self.assignment, self.files, variables)
        if isinstance(ignored, NotSeen):
            return ignored
        stages = stage_bases(dockerfile, allowed)
        final = stages[-1].image
        if final is None:
            return _no_base(path)
        bases = {stage.image: self.bases.get(stage.image) for stage in stages if stage.image}
        ids = {image: base.id for image, base in bases.items()}
        files = dict(self.files.files) | dict(self.assignment.provided) | dict(changed or {})
        files[path] = rewrite(self.files.files[path], dockerfile, stages, ids, OWN_LABEL)
        # What has to be sent for a build at all, the engine itself takes out of what COPY sees.
        for kept_out in ignored - {path, IGNORE_FILE}:
            files.pop(kept_out)
        executable = self.files.executable - set(self.assignment.provided)
        record = self.builds.build(self.engine, pack(files, executable), path, fresh=fresh)
        if record.timed_out:
            self._prove_pace(ids[final])
        if record.image_id is None:
            if any(each.name == "RUN" for each in dockerfile.instructions):
                self.bases.trial.require("run step", ids[final])
            named = _with_names(record, ids)
            return failure(named, path, failed_line(named.log, dockerfile))
        if (added := self._added(record.image_id, ids[final])) > IMAGE_LIMIT:
            self._discard(record.image_id, ids[final])
            return _too_large(path, added)
        return Built(record.image_id, dockerfile, bases[final])

    def _added(self, image: str, base: str) -> int:
        """Return the bytes that an image adds to its base."""
        record, below = self.engine.image(image), self.engine.image(base)
        return record.size - below.size if record and below else 0

    def _discard(self, image: str, base: str) -> None:
        """Remove an image with the steps it was made by, as far as nothing else stands on them."""
        kept = {step.id for step in self.engine.history(base)} | {base}
        for step in reversed(self.engine.history(image)):
            if step.id and step.id not in kept:
                try:
                    self.engine.remove_image(step.id)
                except EngineRefusal:  # it is a part of another one's
                    return

    def _prove_pace(self, base: str) -> None:
        """Raise EngineFault where not even a build of the grader's own ends in good time.

        Then a build that was cut off shows nothing: a busy or hanging engine does the same to all.
        """
        text = f"FROM {base}\nLABEL {OWN_LABEL}\nRUN : {secrets.token_hex(8)}\n"
        context = pack({"Dockerfile": text.encode()}, ())
        record = self.engine.build(context, dockerfile="Dockerfile", deadline=_PACE)
        if record.image_id is None:
            raise EngineFault(
                f"a build was cut off, and one of the grader's own did not end within {_PACE:.0f} "
                f"s either: {record.error or 'the engine hangs, or the machine is too busy'}"
            )
        self.engine.remove_image(record.image_id)


def _too_large(path: str, added: int) -> NotSeen:
    why = (
        f"The image of {path} holds {added // MIB} MiB more than its base; {IMAGE_LIMIT // MIB} "
        "MiB are enough for any lab."
    )
    hint = "docker history shows how much each step added: what a later step deletes stays in."
    return NotSeen(fault=Fault.STUDENT, why=why, hint=hint, place=Place(file=path))


def _with_names(record: BuildRecord, ids: Mapping[str, str]) -> BuildRecord:
    """Return the record with each base's name where the builder speaks of its id."""
    log = record.log
    for name, image_id in ids.items():
        log = log.replace(image_id, name)
    return replace(record, log=log)


def refusal(assignment: Assignment, files: LabFiles, name: str) -> NotSeen | None:
    """Return why the image `name` is not built, as far as that can be said without an engine."""
    path = assignment.images[name].dockerfile
    dockerfile = _read(path, files)
    if isinstance(dockerfile, NotSeen):
        return dockerfile
    # Of variables of the bases nobody knows here; taking none for set refuses no file too many.
    found = _screened(path, dockerfile, assignment, files, frozenset())
    if isinstance(found, NotSeen):
        return found
    return None if final_base(dockerfile, assignment.bases) else _no_base(path)


def _read(path: str, files: LabFiles) -> Dockerfile | NotSeen:
    raw = files.files.get(path)
    if raw is None:
        return missing(path, files)
    try:
        return _parsed(raw)
    except DockerfileSyntaxError as error:
        why = f"{path}, line {error.line}: {error.message}"
        return NotSeen(fault=Fault.STUDENT, why=why, place=Place(file=path, line=error.line))


def _parsed(raw: bytes) -> Dockerfile:
    """Return the Dockerfile in a file's bytes; DockerfileSyntaxError when they hold none.

    Docker builds from bytes that are no UTF-8, an umlaut from an old Windows editor for instance:
    they are letters like any other. Only flags it splits byte by byte, where one can be a space.
    """
    if b"\0" in raw[:_HEAD]:
        raise DockerfileSyntaxError(
            1,
            "the file is saved as UTF-16, or is no text; save it as UTF-8 (the editor's "
            '"Save as" has a field for the encoding)',
        )
    dockerfile = parse(raw.decode("utf-8-sig", errors="replace"))
    for entry in dockerfile.instructions:
        rows = dockerfile.lines[entry.line - 1 : entry.end_line]
        if entry.flags and any(_NO_CHARACTER in row for row in rows):
            raise DockerfileSyntaxError(
                entry.line, "this line is not UTF-8 text; save the file as UTF-8"
            )
    return dockerfile


def _screened(
    path: str,
    dockerfile: Dockerfile,
    assignment: Assignment,
    files: LabFiles,
    variables: frozenset[str],
) -> frozenset[str] | NotSeen:
    """Return which files .dockerignore keeps out of the build, or why not to build.

    `variables` are those that the bases set.
    """
    known = {*files.files, *assignment.provided}
    try:
        ignored = left_out(files.files.get(IGNORE_FILE, b""), known)
    except DockerignoreError as error:
        why = f"It was not built: docker build stops at {IGNORE_FILE}, {error}."
        return NotSeen(fault=Fault.STUDENT, why=why, place=Place(file=IGNORE_FILE))
    refusals = screen(
        dockerfile, assignment.bases, known - ignored, base_env=variables, left_out=ignored
    )
    if not refusals:
        return ignored
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
