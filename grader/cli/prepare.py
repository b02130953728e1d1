"""`grader prepare`: gets the images that labs need, before the first run."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from grader.build.machine_image import image_name, machine_image
from grader.cli.common import assignments_option, base_names, load_labs, say
from grader.core.logs import carrying
from grader.engine.docker import connect
from grader.engine.profile import PULL_DEADLINE
from grader.engine.protocol import Engine
from grader.observe.lab import PARALLEL
from grader.pipeline import open_session
from grader.spec.scripts import ScriptSpec

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--save", "saved", type=_FILE, help="Write all images into this file.")
@click.option("--load", "loaded", type=_FILE, help="Take images from such a file first.")
@click.option("--list", "listed", is_flag=True, help="Only name the images, without an engine.")
@click.option("--machines", "only", is_flag=True, help="Leave out the bases of Dockerfiles.")
@assignments_option
def prepare(
    *,
    assignments: Path | None,
    saved: Path | None,
    loaded: Path | None,
    listed: bool,
    only: bool,
) -> int:
    """Get every base image and the scripts' machines once, and measure what a base's shell does.

    A file made with --save carries all of them to a machine without a network. It is good for as
    long as --list says the same: the name of a machine holds a digest of what it is made of.
    """
    names, machines = () if only else base_names(assignments), _machines(assignments)
    every = [*names, *(image_name(machine, packages) for machine, packages in machines)]
    if listed:
        for name in every:
            click.echo(name)
        return 0
    with open_session(connect(), announce=say) as session:
        if loaded:
            _load(session.engine, loaded)
        with ThreadPoolExecutor(PARALLEL) as pool:
            ready = list(pool.map(carrying(session.bases.get), names))
        for name, base in zip(names, ready, strict=True):
            how = "stays as PID 1" if base.shell_stays else "replaces itself with the program"
            kind = " (stand-in)" if base.standin else ""
            click.echo(f"{name}{kind}: ready; its /bin/sh {how}")
        for machine, packages in machines:
            machine_image(session.engine, machine, packages, say)
            click.echo(f"{machine} for scripts: ready")
        if saved and every:
            session.engine.save_images(every, str(saved), PULL_DEADLINE)
            click.echo(f"{len(every)} images are in {saved}")
    return 0


def _load(engine: Engine, file: Path) -> None:
    """Take images from a file; one that is not there is no reason to stop: they can be made."""
    if file.is_file():
        engine.load_images(str(file), PULL_DEADLINE)
    else:
        say(f"{file} is not there; the images are made anew.")


def _machines(assignments: Path | None) -> list[tuple[str, tuple[str, ...]]]:
    """Return the kinds of machines that scripts run on: what each is made from, and with what."""
    scripts = [
        spec
        for lab in load_labs(assignments)
        for spec in lab.observe.values()
        if isinstance(spec, ScriptSpec)
    ]
    return list(dict.fromkeys((spec.machine, spec.packages) for spec in scripts))
