"""What a spec can say under `observe`: the base of every kind, and the two simplest kinds."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, StringConstraints

from grader.core.models import Frozen

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


def _plain_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        message = "must be a plain file name, without a folder"
        raise ValueError(message)
    return name


FileName = Annotated[str, AfterValidator(_plain_name)]


class ObservationSpec(Frozen):
    """What happens to a lab's images or files; each kind derives its own.

    `kind` is the word an author writes for it. The same word finds its row in the other tables of
    kinds (`observe/probes.py`, `render/observation_views.py`), and its facts carry it.
    """

    kind: ClassVar[str]

    def images(self) -> tuple[str, ...]:
        """Return the names of the images it needs."""
        return ()

    def provided(self) -> tuple[str, ...]:
        """Return the names of provided files it refers to."""
        return ()

    def submitted(self) -> tuple[str, ...]:
        """Return the names of submitted files it runs or reads."""
        return ()

    def texts(self) -> Iterator[str]:
        """Yield every text in which `{word}` stands for a random word."""
        yield from ()


class RunSpec(ObservationSpec):
    """A container: `args` and `env` as `docker run` takes them, `{word}` filled in for each run."""

    kind = "run"

    image: Id
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = Field(default_factory=dict)

    def images(self) -> tuple[str, ...]:
        return (self.image,)

    def texts(self) -> Iterator[str]:
        yield from self.args
        yield from self.env.values()


class RebuildSpec(ObservationSpec):
    """An image built a second time after the provided file `change` has changed."""

    kind = "rebuild"

    image: Id
    change: FileName

    def images(self) -> tuple[str, ...]:
        return (self.image,)

    def provided(self) -> tuple[str, ...]:
        return (self.change,)
