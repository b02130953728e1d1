"""A submission as bytes and back, for another machine: plain JSON, nothing that can be run."""

import base64
from collections.abc import Mapping

from pydantic import Field, ValidationError

from grader.core.errors import UsageError
from grader.core.models import Frozen
from grader.facts import NotSeen
from grader.submission.snapshot import LabFiles, Submission


class _PackedLab(Frozen):
    files: Mapping[str, str]
    executable: tuple[str, ...]
    left_out: Mapping[str, str]
    unreadable: str = ""


class WorkRequest(Frozen):
    """One submission with what a worker has to agree on before it grades it.

    `grader` is the sender's `grader_identity`, `specs` the digest of each lab by its id. Contents
    of files and the manifest are base64.
    """

    grader: str
    specs: Mapping[str, str]
    faithful: bool
    starter: str
    id: str
    digest: str
    labs: Mapping[str, _PackedLab]
    missing: NotSeen | None = None
    around: Mapping[str, str] = Field(default_factory=dict)
    manifest: str = ""

    def submission(self) -> Submission:
        """Return the snapshot that was packed."""
        labs = {
            name: LabFiles(
                {path: base64.b64decode(text) for path, text in lab.files.items()},
                frozenset(lab.executable),
                lab.left_out,
                lab.unreadable,
            )
            for name, lab in self.labs.items()
        }
        return Submission(
            id=self.id,
            digest=self.digest,
            labs=labs,
            missing=self.missing,
            around=self.around,
            manifest=base64.b64decode(self.manifest),
        )


class WorkReply(Frozen):
    """What a worker sends back: facts as JSON, or in words why there are none.

    `refused`: it cannot take part in this run at all. `trouble`: its engine has failed for good.
    `differs`: in words, how known solutions were judged there otherwise than they must be.
    """

    worker: str
    facts: str = ""
    refused: str = ""
    trouble: str = ""
    differs: tuple[str, ...] = ()


def pack(
    submission: Submission,
    *,
    grader: str,
    specs: Mapping[str, str],
    faithful: bool,
    starter: bytes = b"",
) -> bytes:
    """Return a submission as bytes."""
    labs = {
        name: _PackedLab(
            files={p: base64.b64encode(c).decode("ascii") for p, c in lab.files.items()},
            executable=tuple(sorted(lab.executable)),
            left_out=dict(lab.left_out),
            unreadable=lab.unreadable,
        )
        for name, lab in submission.labs.items()
    }
    request = WorkRequest(
        grader=grader,
        specs=specs,
        faithful=faithful,
        starter=base64.b64encode(starter).decode("ascii"),
        id=submission.id,
        digest=submission.digest,
        labs=labs,
        missing=submission.missing,
        # A name that is no text is in no manifest either, and JSON could not hold it.
        around={p: d for p, d in submission.around.items() if _is_text(p)},
        manifest=base64.b64encode(submission.manifest).decode("ascii"),
    )
    return request.model_dump_json().encode()


def _is_text(path: str) -> bool:
    return path == path.encode("utf-8", errors="ignore").decode("utf-8")


def unpack(content: bytes) -> WorkRequest:
    """Return what was packed; UsageError for anything else."""
    try:
        return WorkRequest.model_validate_json(content)
    except ValidationError as error:
        raise UsageError(
            f"what arrived is no request of ours ({error.errors()[0]['msg']})"
        ) from error


def read_reply(text: str) -> WorkReply:
    """Return a worker's reply; UsageError for anything else."""
    try:
        return WorkReply.model_validate_json(text)
    except ValidationError as error:
        raise UsageError(
            f"a worker's answer is none of ours ({error.errors()[0]['msg']})"
        ) from error
