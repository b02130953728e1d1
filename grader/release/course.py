"""A course's settings, `course.yaml`: the one place that says which grader its students use."""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from grader.core.errors import UsageError
from grader.core.models import Frozen
from grader.core.text import shorten
from grader.spec import yaml
from grader.spec.json_schemas import Schema, schema_of

DISTRIBUTION = "docker-tutorial-grader"
MAX_WHEEL = 20 * 1024 * 1024
_log = logging.getLogger(__name__)

_VERSION = re.compile(rf"{DISTRIBUTION}==[0-9]+(?:\.[0-9]+)*(?:(?:a|b|rc|\.post|\.dev)[0-9]+)?")
_COMMIT = re.compile(rf"{DISTRIBUTION} @ git\+https://[A-Za-z0-9._~/%:-]+@[0-9a-f]{{40}}")
_HASHED = re.compile(
    rf"{DISTRIBUTION} @ (?:https|file)://[A-Za-z0-9._~/%:+-]+\.whl#sha256=[0-9a-f]{{64}}"
)
_WHEEL = re.compile(r"docker_tutorial_grader-[A-Za-z0-9.+]+-py3-none-any\.whl")


class _Settings(Frozen):
    """The keys of course.yaml."""

    schema_: int = Field(alias="schema", ge=1, le=1)
    title: str = Field(default="Docker labs", min_length=1, max_length=100)
    grader: str = ""
    labs: tuple[str, ...] = ()
    python: str = Field(default="3.12", pattern=r"^3\.(?:1[1-9]|[2-9][0-9])$")
    workflow: bool = True
    reporter: bool = True
    classroom50: bool = True
    devcontainer: bool = True


def course_schema() -> Schema:
    """Return the JSON Schema of course.yaml."""
    return schema_of(_Settings, "The settings of a course")


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel that students are given with the labs."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Course:
    """What a release depends on besides labs and templates.

    `requirement` is what pip is asked for; it is empty where the course gives `wheel` itself.
    """

    title: str
    requirement: str
    wheel: Wheel | None
    labs: tuple[str, ...]
    python: str
    workflow: bool
    reporter: bool
    classroom50: bool
    devcontainer: bool


def default_course(wheel: Wheel) -> Course:
    """Return the settings of a course that has none: students are given this wheel."""
    return _course(_Settings(schema=1), Path(), lambda: wheel)


def load_course(path: Path, own_wheel: Callable[[], Wheel]) -> Course:
    """Return the settings in `path`; UsageError names what cannot be used, with its line.

    `own_wheel` makes what students get unless the settings say otherwise.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start}).") from error
    except yaml.YamlError as error:
        raise UsageError(f"{path}:{error.line}: {error.message}") from error
    try:
        settings = _Settings.model_validate_json(json.dumps(document.value))
    except ValidationError as error:
        problems = [
            f"{path}:{document.line(item['loc'])}: {_explain(item['type'], item['msg'])}"
            f" ({'.'.join(map(str, item['loc'])) or 'the file'})"
            for item in error.errors()
        ]
        raise UsageError("\n".join(problems)) from error
    try:
        course = _course(settings, path.parent, own_wheel)
    except _UnusableError as error:
        raise UsageError(f"{path}:{document.line(('grader',))}: {error}") from error
    grader = course.wheel.name if course.wheel else course.requirement
    _log.info("%s: labs %s, the grader %s", path, ", ".join(course.labs) or "all", grader)
    return course


class _UnusableError(Exception):
    """The setting `grader` names nothing that stays the same; the message says why."""


def _course(settings: _Settings, folder: Path, own_wheel: Callable[[], Wheel]) -> Course:
    named = settings.grader
    wheel = None
    if not named:
        wheel = own_wheel()
    elif named.endswith(".whl") and "://" not in named:
        wheel = _wheel(folder / named)
    if wheel is None and not any(p.fullmatch(named) for p in (_VERSION, _COMMIT, _HASHED)):
        raise _UnusableError(
            f"'{shorten(named)}' does not pin the grader. Write one of: {DISTRIBUTION}==VERSION; "
            f"{DISTRIBUTION} @ git+https://HOST/REPOSITORY@COMMIT with all 40 digits; "
            f"{DISTRIBUTION} @ https://HOST/FILE.whl#sha256=DIGEST; or the path of a wheel"
        )
    return Course(
        title=shorten(settings.title, 100),
        requirement="" if wheel else named,
        wheel=wheel,
        labs=settings.labs,
        python=settings.python,
        workflow=settings.workflow,
        reporter=settings.reporter,
        classroom50=settings.classroom50,
        devcontainer=settings.devcontainer,
    )


def _wheel(path: Path) -> Wheel:
    if not _WHEEL.fullmatch(path.name):
        raise _UnusableError(
            f"'{shorten(path.name)}' is not called as a wheel of the grader is; "
            "script/build makes one"
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _UnusableError(f"the wheel {path} cannot be read: {error.strerror}") from error
    if not content.startswith(b"PK") or len(content) > MAX_WHEEL:
        raise _UnusableError(f"{path} is no wheel; script/build makes one")
    return Wheel(path.name, content)


def _explain(kind: str, message: str) -> str:
    known = ", ".join(f.alias or name for name, f in _Settings.model_fields.items())
    if kind == "extra_forbidden":
        return f"unknown key; known are: {known}"
    if kind == "missing":
        return "this key is missing"
    return message[:1].lower() + message[1:]
