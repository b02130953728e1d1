"""Facts of the answers in a lab's notebook."""

from typing import Literal

from grader.core.models import Frozen


class AnswerFacts(Frozen):
    """One answer, as it stands in the notebook that was handed in (nbformat JSON).

    - `text`: the answer cell's source, without the lines that were in it when the notebook was
      handed out; empty where nothing was written.
    - `sha256`: of `text` in UTF-8, in hex. Marks are tied to it.
    - `cell`: the answer's cell in the notebook, counted from 1.
    - `notes`: sentences about what was odd and changes nothing; `flags`: sentences about what a
      person should look at.
    """

    kind: Literal["answer"] = "answer"
    text: str
    sha256: str
    cell: int
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
