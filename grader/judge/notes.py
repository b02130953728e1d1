"""Sentences at the head of a lab's section: what a reader must know about how it was graded."""

from collections.abc import Sequence

from grader.core.text import shorten
from grader.facts import Fault, ImageFacts, LabFacts
from grader.facts.scripts import ScriptFacts
from grader.judge.scripts import first_failure
from grader.result import SectionResult

_SHOWN = 10  # names of files


def lab_notes(facts: LabFacts) -> tuple[str, ...]:
    """Return sentences that a reader must know about how this lab was graded."""
    notes = [
        f"{image.dockerfile}, {remark}"
        for image in facts.images.values()
        if isinstance(image, ImageFacts)
        for remark in image.remarks
    ]
    if facts.left_out:
        entries = [f"{shorten(name)} ({why})" for name, why in facts.left_out.items()]
        more = f" and {len(entries) - _SHOWN} more" if len(entries) > _SHOWN else ""
        notes.append(f"Not read: {', '.join(entries[:_SHOWN])}{more}.")
    for base in facts.bases.values():
        if base.standin:
            notes.append(
                f"No registry gave {base.name}; a stand-in made from Debian's packages was used."
            )
        if not base.shell_stays:
            notes.append(
                f"The /bin/sh of {base.name} replaces itself with the program it starts: the "
                "shell-form checks were judged against that."
            )
    for script in facts.observations.values():
        if isinstance(script, ScriptFacts):
            notes += script_notes(script)
    faults = [
        o for o in (*facts.images.values(), *facts.observations.values()) if o.kind == "not-seen"
    ]
    if any(fault.fault is Fault.ENGINE for fault in faults):
        notes.append("The engine failed on some of it: what it hit is not graded, and not zero.")
    if any(fault.fault is Fault.NOBODY for fault in faults):
        notes.append(
            "No Docker engine was used: what needs one is not graded here and costs nothing. The "
            "course's own run looks at it."
        )
    return tuple(notes)


def script_notes(script: ScriptFacts) -> list[str]:
    """Return what failed first in reality, where points come from then, and from whose packages."""
    notes = []
    if failure := first_failure(script):
        names = ", ".join(script.strict)
        notes.append(
            f"{failure} So that one mistake costs what it breaks and no more, what comes after it "
            f"was looked at on a machine that passes over early mistakes ({names})."
        )
    if script.standin:
        notes.append(
            f"No registry gave {script.machine}: {script.file} was run on stand-ins made from "
            "Debian's packages."
        )
    return notes


def with_changes(
    sections: Sequence[SectionResult], changed: Sequence[str]
) -> tuple[SectionResult, ...]:
    """Return the sections, each with a note of those of its given files that a student changed.

    Files that belong to no lab are noted in the first section.
    """
    labs = {section.id for section in sections}
    noted = []
    for number, section in enumerate(sections):
        own = [path for path in changed if path.startswith(f"{section.id}/")]
        if number == 0:
            own += [path for path in changed if path.split("/")[0] not in labs]
        note = (
            f"Not as it was given: {', '.join(shorten(path) for path in own[:_SHOWN])}"
            f"{' and more' if len(own) > _SHOWN else ''}. Grading used the original; no points "
            "are lost by it, a person will look."
        )
        notes = (*section.notes, note) if own else section.notes
        noted.append(section.model_copy(update={"notes": notes}))
    return tuple(noted)
