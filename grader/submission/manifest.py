"""The list of what was released, kept in the starter repository: its files, and which are ours."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from grader.core.errors import UsageError, first_problem
from grader.core.models import Frozen

MANIFEST = ".grader-release.json"
MAX_BYTES = 256 * 1024


def _inside(path: str) -> str:
    if any(step in {"", ".", ".."} for step in path.split("/")):
        message = f"{path!r} does not stay in the folder"
        raise ValueError(message)
    return path


# A path inside the repository, as it is joined to a folder's: no way up, nothing absolute.
RelativePath = Annotated[
    str, Field(pattern=r"^[^\x00-\x1f\\/][^\x00-\x1f\\]{0,199}$"), AfterValidator(_inside)
]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(Frozen):
    """The content of the manifest.

    `files` are digests of all that was released, `protected` names those of them that a student
    has no reason to change. `replaced` is there only while a release is being written: what the
    one before it had, so that one that was interrupted can be taken up again.
    """

    format: Literal["grader/release/v1"] = Field(default="grader/release/v1", alias="schema")
    grader: str
    labs: tuple[str, ...]
    files: Mapping[RelativePath, Digest]
    protected: tuple[RelativePath, ...]
    replaced: Mapping[RelativePath, Digest] = Field(default_factory=dict)

    model_config = ConfigDict(populate_by_name=True)

    def to_bytes(self) -> bytes:
        """Return the file's content, one final newline included."""
        return (self.model_dump_json(by_alias=True, indent=1) + "\n").encode()


def read_manifest(content: bytes) -> Manifest:
    """Return a manifest; UsageError for anything else."""
    if len(content) > MAX_BYTES:
        raise UsageError(f"{MANIFEST} is larger than {MAX_BYTES // 1024} KiB: no list of ours.")
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        raise UsageError(
            f"{MANIFEST} is not a list this grader wrote ({first_problem(error)}). "
            "Release into a new folder."
        ) from error


def digest(content: bytes) -> str:
    """Return a SHA-256 that is the same whether lines end as on Unix or as git writes on Windows.

    So that a repository cloned on Windows does not look changed.
    """
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()
