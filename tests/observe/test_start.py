"""The start of a container: what stands in its process table before and after a program."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from grader.build.image_builder import Built
from grader.core.errors import EngineFault
from grader.engine.docker import DockerEngine
from grader.engine.protocol import ContainerSpec, Engine
from grader.facts import NotSeen, Place
from grader.observe.run_context import RunContext
from grader.observe.session import Session
from grader.observe.start import _NO_PROGRAM, begin, create
from grader.spec.assignment import Assignment


@pytest.mark.parametrize(
    ("args", "program"),
    [
        ("runc init", False),
        ("/usr/sbin/runc init", False),
        ("/proc/self/exe init", False),
        ("", False),  # as /proc shows one that has ended, or is being replaced at this moment
        ("[runc:[2:INIT]] <defunct>", False),  # as ps shows one that has ended
        ("python3 main.py", True),
        ("/bin/sh -c runc init", True),
        ("/usr/bin/[ a = a ]", True),
    ],
)
def test_a_program_is_told_from_what_stands_in_its_place(args: str, program: bool) -> None:
    """On a busy machine one that could not be executed may be seen after its end."""
    assert (not _NO_PROGRAM.fullmatch(args)) is program


class FailingStarts:
    """The real engine, whose next starts fail one after the other with what is given."""

    def __init__(self, engine: DockerEngine, *errors: EngineFault | None) -> None:
        self._engine = engine
        self._errors = iter(errors)

    def start(self, container: str) -> None:
        """Fail as often as there are errors; None stands for a start that works."""
        error = next(self._errors, None)
        if error is not None:
            raise error
        self._engine.start(container)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


ANSWER = EngineFault("the engine answered 500: of the moment", answered=True)
TIME_OUT = EngineFault("starting a container: timed out")


class Subject:
    """A container that sleeps, to be begun on engines whose starts fail."""

    def __init__(self, session: Session, lab: Assignment) -> None:
        self._session, self._lab = session, lab
        base = session.bases.get(lab.bases[0])
        self._built = Built(base.id, cast("Any", None), base)
        self._request = ContainerSpec(base.id, ("sleep", "30"), run_id=session.run_id)
        self._place = Place(file="Dockerfile")
        self.container = ""

    def begin(self, *errors: EngineFault | None) -> NotSeen | None:
        """Make and start it where starts fail with these errors, one after the other."""
        engine = cast("Engine", FailingStarts(cast("DockerEngine", self._session.engine), *errors))
        context = RunContext(engine, self._lab, {}, self._session.run_id, faithful=False)
        made = create(context, self._built, self._request, self._place)
        assert isinstance(made, str)
        self.container = made
        return begin(context, self._built, made, self._request, self._place)


@pytest.fixture
def subject(session: Session, lab: Assignment) -> Iterator[Subject]:
    """Yield a container to begin; it is taken away afterwards."""
    found = Subject(session, lab)
    yield found
    session.engine.remove(found.container)


@pytest.mark.docker
def test_one_start_that_fails_once_costs_nothing(subject: Subject, session: Session) -> None:
    """The base starts, and so does theirs when it is tried again."""
    assert subject.begin(ANSWER) is None
    assert session.engine.inspect(subject.container).running


@pytest.mark.docker
def test_a_time_out_is_never_the_students(subject: Subject) -> None:
    """Whether it is the first start, or the second after the base has worked."""
    with pytest.raises(EngineFault, match="timed out"):
        subject.begin(TIME_OUT)
    subject._session.engine.remove(subject.container)
    with pytest.raises(EngineFault, match="timed out"):
        subject.begin(ANSWER, None, TIME_OUT)


@pytest.mark.docker
def test_what_fails_again_beside_a_base_that_works_is_the_students(subject: Subject) -> None:
    """And where the base cannot be started either, it is the engine's."""
    assert isinstance(subject.begin(ANSWER, None, ANSWER), NotSeen)
    subject._session.engine.remove(subject.container)
    with pytest.raises(EngineFault, match="no container can be started"):
        subject.begin(ANSWER, ANSWER)
