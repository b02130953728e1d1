"""What a spec can say of a script that students hand in, and of the machines it is run on."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from grader.core.models import Frozen
from grader.spec.observations import FileName, Id, ObservationSpec

Mask = Annotated[str, StringConstraints(pattern=r"^0[0-7]{2}$")]

Reference = Annotated[str, StringConstraints(pattern=r"^(ubuntu|debian):[a-z0-9.]+(-slim)?$")]
PackageName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.-]+$")]


class WorldSpec(Frozen):
    """A machine: its release, architecture and the umask of `user`, who starts the script.

    With `sudo` the script is started through it. `groups` are the user's further ones. `engine`:
    Docker is installed already; then `members` are those of the group docker, which is not there
    without that key. `runs` is how often the script is run there. With `terminal` it is started on
    one, on which nobody types; without, its input is empty.
    """

    release: Literal["focal", "jammy", "noble", "bullseye", "bookworm", "trixie"] = "jammy"
    arch: Literal["amd64", "arm64"] = "amd64"
    umask: Mask = "022"
    user: str
    groups: tuple[Id, ...] = ()
    engine: bool = False
    members: tuple[str, ...] | None = None
    sudo: bool = False
    terminal: bool = False
    runs: int = Field(default=1, ge=1, le=2)


class ScriptSpec(ObservationSpec):
    """A submitted script, run on each of the machines `worlds`.

    On those named in `breaks` it is run again and again, with another of its steps failing each
    time. `machine` is the image that the machines are made from, `packages` are further ones of
    its distribution that a script may install there.
    """

    kind = "script"

    file: FileName
    machine: Reference = "ubuntu:24.04"
    packages: tuple[PackageName, ...] = ()
    worlds: Mapping[Id, WorldSpec] = Field(min_length=1)
    breaks: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _breaks_are_worlds(self) -> "ScriptSpec":
        unknown = sorted(set(self.breaks) - set(self.worlds))
        if unknown:
            message = f"'{unknown[0]}' is not among the worlds"
            raise ValueError(message)
        return self

    def submitted(self) -> tuple[str, ...]:
        return (self.file,)

    def texts(self) -> Iterator[str]:
        for world in self.worlds.values():
            yield world.user
            yield from world.members or ()
