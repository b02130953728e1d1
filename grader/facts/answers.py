"""Facts of the answers in a lab's notebook."""

from typing import Literal

from grader.core.models import Frozen


class AnswerFacts(Frozen):
    """One answer, as it stands in the notebook.

    `text` is without the lines that were there when the notebook was handed out: nothing is left
    of an untouched cell. `sha256` is over that text in UTF-8. `cell` counts from 1. `notes` say
    what was odd about the cell and changes nothing; `flags` what a person should look at.
    """

    kind: Literal["answer"] = "answer"
    text: str
    sha256: str
    cell: int
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
