"""Reads a lab's answers out of the notebook that was handed in; needs no engine."""

from dataclasses import replace

from grader.build.image_builder import missing
from grader.facts import AnswerFacts, NotSeen
from grader.spec.assignment import Assignment
from grader.spec.notebook.find_answers import read_answers
from grader.spec.public import NOTEBOOK
from grader.submission.snapshot import LabFiles


def observe_answers(assignment: Assignment, files: LabFiles) -> dict[str, AnswerFacts | NotSeen]:
    """Return the answer to each question, by the question's id.

    Where the notebook or a question's cell is missing, it is NotSeen with the student's fault.
    """
    content = files.files.get(NOTEBOOK)
    if content is None:
        lost = missing(NOTEBOOK, files)
        return {question.id: lost for question in assignment.questions}
    return read_answers(assignment.questions, content)


def without_notebook(files: LabFiles) -> LabFiles:
    """Return the files for builds: an answer written down must not make a build run again."""
    kept = {name: content for name, content in files.files.items() if name != NOTEBOOK}
    return replace(files, files=kept)
