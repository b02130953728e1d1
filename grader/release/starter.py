"""Makes the tree of a starter repository: pure but for reading labs and templates."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grader.judge.check_kinds import PARAMS
from grader.release.course import Course
from grader.spec.assignment import Assignment
from grader.spec.json_schemas import assignment_schema, schema_text
from grader.spec.public import (
    NOTEBOOK,
    README,
    SCHEMA,
    SCHEMAS,
    SPEC_FILE,
    public_spec,
    student_files,
)
from grader.spec.runner_ids import runner_ids
from grader.submission.manifest import MANIFEST, Manifest, digest

WHEELS = ".github/grader/"
REQUIREMENT = f"{WHEELS}requirement.txt"
WORKFLOW = ".github/workflows/grade.yml"
AUTOGRADER = ".github/grader/classroom50/autograder.py"

# What programs leave behind in a lab's folder.
IGNORED = frozenset({"__pycache__", ".ipynb_checkpoints", ".DS_Store"})

Tree = Mapping[str, "StarterFile"]


@dataclass(frozen=True, slots=True)
class StarterFile:
    """A file of the starter repository; a `protected` one is not for students to change."""

    content: bytes
    protected: bool
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Runner:
    """A lab as the workflow names it: step output and reporter's runner, letters and digits."""

    id: str
    lab: str
    title: str

    @property
    def variable(self) -> str:
        """Return the environment variable in which the reporter looks for this lab's result."""
        return f"{self.id.upper()}_RESULTS"


def runners(labs: Sequence[Assignment]) -> tuple[Runner, ...]:
    """Return a runner for each lab, no two with the same id."""
    ids = runner_ids(lab.id for lab in labs)
    return tuple(Runner(ids[lab.id], lab.id, lab.title) for lab in labs)


def starter(
    labs: Sequence[Assignment], course: Course, templates: Path, version: str
) -> dict[str, StarterFile]:
    """Return every file of the starter repository by its path, its manifest included."""
    tree: dict[str, StarterFile] = {}
    for lab in labs:
        tree |= {f"{lab.id}/{name}": entry for name, entry in _lab(lab).items()}
    tree |= _around(labs, course, templates)
    manifest = Manifest(
        grader=version,
        labs=tuple(lab.id for lab in labs),
        files={name: digest(entry.content) for name, entry in sorted(tree.items())},
        protected=tuple(sorted(name for name, entry in tree.items() if entry.protected)),
    )
    return {
        **dict(sorted(tree.items())),
        MANIFEST: StarterFile(manifest.to_bytes(), protected=False),
    }


def left_out(lab: Assignment) -> tuple[str, ...]:
    """Return what lies in a lab's folder and is not for students, because the spec names it not."""
    known = set(_names(lab))
    found = [path for path in sorted(lab.folder.rglob("*")) if not path.is_dir()]
    names = [path.relative_to(lab.folder) for path in found]
    return tuple(
        name.as_posix()
        for name in names
        if name.as_posix() not in known and not IGNORED & set(name.parts)
    )


def _names(lab: Assignment) -> tuple[str, ...]:
    return student_files((lab.folder / SPEC_FILE).read_text(encoding="utf-8"))


def _lab(lab: Assignment) -> dict[str, StarterFile]:
    ours = {README, SPEC_FILE, *lab.submission.provided} - {NOTEBOOK, *lab.submission.files}
    entries = {}
    for name in _names(lab):
        path = lab.folder / name
        if not path.is_file():
            continue
        content = path.read_bytes()
        if name == SPEC_FILE:
            content = public_spec(content.decode("utf-8")).encode()
        executable = bool(path.stat().st_mode & 0o100)
        entries[name] = StarterFile(content, protected=name in ours, executable=executable)
    return entries


def _points(lab: Assignment) -> int:
    """Return what students can get, as they see it: questions count, hidden checks do not."""
    shown = sum(check.points for check in lab.checks if not check.hidden)
    return shown + sum(question.points for question in lab.questions)


def _around(labs: Sequence[Assignment], course: Course, templates: Path) -> dict[str, StarterFile]:
    """Return what stands around the labs: texts, workflow, autograder, devcontainer."""
    environment = Environment(
        loader=FileSystemLoader(templates / "starter"),
        # Neither is anything in YAML, Python, a shell or an Actions expression.
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        autoescape=False,  # noqa: S701 - no page: each file quotes what it takes, as its format asks
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["python"] = repr
    values = {
        "course": course,
        "labs": labs,
        "points": {lab.id: _points(lab) for lab in labs},
        "runners": runners(labs),
        "wheel_digest": wheel_digest(course),
    }

    def file(template: str, *, protected: bool = True, executable: bool = False) -> StarterFile:
        text = environment.get_template(template).render(values)
        return StarterFile(text.encode(), protected=protected, executable=executable)

    files = {
        "README.md": file("README.md.j2", protected=False),
        ".gitignore": file("gitignore.j2", protected=False),
        "check": file("check.sh.j2", executable=True),
        f"{SCHEMAS}/{SCHEMA}": StarterFile(
            schema_text(assignment_schema(PARAMS)).encode(), protected=False
        ),
        ".gitattributes": file("gitattributes.j2", protected=False),
        REQUIREMENT: StarterFile(requirement(course, templates).encode(), protected=True),
    }
    if course.wheel:
        files[wheel_path(course.wheel.name)] = StarterFile(course.wheel.content, protected=True)
    if course.workflow:
        files[WORKFLOW] = file("grade.yml.j2")
    if course.classroom50:
        files[AUTOGRADER] = file("autograder.py.j2")
    if course.devcontainer:
        files[".devcontainer/devcontainer.json"] = StarterFile(
            _devcontainer(course), protected=True
        )
    return files


def wheel_path(name: str) -> str:
    """Return where in the starter repository a wheel lies."""
    return f"{WHEELS}{name}"


def requirement(course: Course, templates: Path, place: str = WHEELS) -> str:
    """Return the file that pip is given, in the folder where the wheel lies in `place`.

    A wheel comes with all that it needs, each package by the digests of its files. What a course
    names instead brings what it needs itself.
    """
    if course.wheel is None:
        return f"{course.requirement}\n"
    needs = (templates / "starter" / "needs.txt").read_text(encoding="utf-8")
    packages = "".join(line for line in needs.splitlines(keepends=True) if line[0] != "#")
    wheel = f"./{place}{course.wheel.name} --hash=sha256:{wheel_digest(course)}"
    return f"{wheel}\n{packages}"


def wheel_digest(course: Course) -> str:
    """Return the SHA-256 of the wheel the course gives, empty if pip gets it from elsewhere."""
    return hashlib.sha256(course.wheel.content).hexdigest() if course.wheel else ""


def _devcontainer(course: Course) -> bytes:
    settings = {
        "name": course.title,
        "image": f"mcr.microsoft.com/devcontainers/python:{course.python}-bookworm",
        "features": {"ghcr.io/devcontainers/features/docker-in-docker:2": {}},
        "postCreateCommand": "./check --version",
    }
    return (json.dumps(settings, indent=2, ensure_ascii=False) + "\n").encode()
