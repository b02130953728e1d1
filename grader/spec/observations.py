"""What a spec can say under `observe`: the base of all kinds, and the kinds `run` and `rebuild`."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, StringConstraints

from grader.core.models import Frozen

# The name of the container in the commands that students are shown to try by hand.
CONTAINER = "lab"

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

    def image_of(self, step: str) -> str | None:  # noqa: ARG002 - not every kind has steps
        """Return the image of the container that a step starts or looks at, if it does."""
        return None

    def docker_commands(
        self,
        build: str,  # noqa: ARG002 - not every kind has commands
        fill: Callable[[str], str],  # noqa: ARG002
    ) -> tuple[str, ...]:
        """Return the commands with which a student does the same, after `build` built the image.

        `fill` puts a grading's random words into a text. Empty for what takes more than commands.
        """
        return ()

    def cleanup_command(self) -> str:
        """Return the command that removes what these commands left, empty if nothing is left."""
        return ""


class RunSpec(ObservationSpec):
    """A container started from an image; `args` and `env` are as `docker run` takes them.

    `{word}` in them is replaced by a random word, another one in each grading.
    """

    kind = "run"

    image: Id
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = Field(default_factory=dict)

    def images(self) -> tuple[str, ...]:
        return (self.image,)

    def texts(self) -> Iterator[str]:
        yield from self.args
        yield from self.env.values()

    def docker_commands(self, build: str, fill: Callable[[str], str]) -> tuple[str, ...]:  # noqa: ARG002
        # As the grader does: without it, docker logs stays empty while the program runs.
        words = ["docker run -d --name", CONTAINER, "-e PYTHONUNBUFFERED=1"]
        words += [f"-e {name}={shlex.quote(fill(value))}" for name, value in self.env.items()]
        words += [self.image, *(shlex.quote(fill(text)) for text in self.args)]
        return (" ".join(words),)

    def cleanup_command(self) -> str:
        return f"docker rm -f {CONTAINER}"


class RebuildSpec(ObservationSpec):
    """An image built a second time after the provided file `change` has changed."""

    kind = "rebuild"

    image: Id
    change: FileName

    def images(self) -> tuple[str, ...]:
        return (self.image,)

    def provided(self) -> tuple[str, ...]:
        return (self.change,)

    def docker_commands(self, build: str, fill: Callable[[str], str]) -> tuple[str, ...]:  # noqa: ARG002
        return (f"echo '# changed' >> {self.change}", build)
