"""Observes a built image without starting it: its configuration, its files, its build steps."""

import posixpath
import sys
from collections.abc import Collection, Iterable
from typing import Literal

from grader.build.dockerfile.parsed import Stage
from grader.build.dockerfile.remarks import remarks
from grader.build.dockerfile.stage_bases import stage_bases
from grader.build.image_builder import Built
from grader.core.errors import EngineFault
from grader.engine.protocol import LABEL, ContainerSpec, Engine, HistoryStep, ImageRecord
from grader.facts import ImageFacts, LayerStep, PathFacts, WrittenInstruction
from grader.observe.stdlib_files import LibraryFiles
from grader.spec.assignment import Assignment

# What files can hide; these two are in every Python itself, and /sys is in every container.
_MODULES = sys.stdlib_module_names - {"sys", "builtins"}


def observe_image(
    engine: Engine,
    assignment: Assignment,
    name: str,
    built: Built,
    pristine: LibraryFiles,
    *,
    paths: Iterable[str],
    makes: Iterable[str],
    run_id: str,
) -> ImageFacts:
    """Return the facts of a built image, from the engine's records and from its files.

    Of each of `paths` the facts say what is there. Of each of `makes` they say which build step
    made it, which takes a container for every step and path. Both are relative to the image's
    WORKDIR unless absolute. `pristine` are the bases' libraries. Raises EngineFault when the
    image is gone.
    """
    record = _record(engine, built.image_id)
    base = _record(engine, built.base.id)
    found, shadows, libraries = _contents(engine, assignment, built, pristine, paths, run_id)
    return ImageFacts(
        id=record.id,
        dockerfile=assignment.images[name].dockerfile,
        base=built.base.name,
        on_base=record.layers[: len(base.layers)] == base.layers,
        entrypoint=record.entrypoint,
        cmd=record.cmd,
        env=record.env,
        base_env=base.env,
        workdir=record.workdir,
        stop_signal=record.stop_signal,
        user=record.user,
        written=tuple(
            WrittenInstruction(
                name=entry.name, line=entry.line, form=_form(entry.form), text=entry.text[:400]
            )
            for stage in _chain(built, assignment.bases)
            for entry in (stage.source, *stage.instructions)
        ),
        steps=observe_steps(engine, built, tuple(makes), run_id),
        paths=found,
        shadows=shadows,
        volumes=record.volumes,
        ports=record.ports,
        libraries=libraries,
        remarks=remarks(built.dockerfile),
    )


def observe_steps(
    engine: Engine, built: Built, makes: tuple[str, ...], run_id: str
) -> tuple[LayerStep, ...]:
    """Return an image's build steps above its base, oldest first, without the grader's own LABEL.

    A step `makes` those of the paths that exist in its intermediate image and in none before it.
    """
    workdir = _record(engine, built.image_id).workdir
    below = len(engine.history(built.base.id))
    steps = [
        s for s in engine.history(built.image_id)[below:] if f"LABEL {LABEL}=" not in s.created_by
    ]
    there: dict[str, bool] = {
        path: _has(engine, built.base.id, workdir, path, run_id) for path in makes
    }
    result = []
    for step in steps:
        made = []
        for path in makes:
            if (
                not there[path]
                and _may_write(step)
                and _has(engine, step.id, workdir, path, run_id)
            ):
                there[path] = True
                made.append(path)
        result.append(
            LayerStep(
                id=step.id, created_by=step.created_by[:400], size=step.size, makes=tuple(made)
            )
        )
    return tuple(result)


def _chain(built: Built, allowed: Collection[str]) -> list[Stage]:
    """Return the stages of the Dockerfile that the image is made of, oldest first.

    Those are the last one and what it is built FROM; stages that are only copied from are not in.
    """
    stages, bases = built.dockerfile.stages(), stage_bases(built.dockerfile, allowed)
    chain: list[Stage] = []
    index: int | None = len(stages) - 1
    while index is not None:
        chain.insert(0, stages[index])
        index = bases[index].parent
    return chain


def _may_write(step: HistoryStep) -> bool:
    return step.size > 0 or "#(nop)" not in step.created_by


def _has(engine: Engine, image: str | None, workdir: str, path: str, run_id: str) -> bool:
    if image is None:
        return False
    container = engine.create(ContainerSpec(image=image, args=("true",), run_id=run_id))
    try:
        return engine.exists(container, posixpath.join(workdir, path))
    finally:
        engine.remove(container)


def _contents(
    engine: Engine,
    assignment: Assignment,
    built: Built,
    pristine: LibraryFiles,
    paths: Iterable[str],
    run_id: str,
) -> tuple[dict[str, PathFacts | None], tuple[str, ...], tuple[str, ...]]:
    """Return what is at `paths`, which files hide Python's modules, which library folders changed.

    A file named like a module of Python's own hides it from a program that lies beside it.
    """
    record = _record(engine, built.image_id)
    # A container that is never started: nothing of the image can run, so nothing can lie.
    container = engine.create(ContainerSpec(image=record.id, args=("true",), run_id=run_id))
    try:
        found = {
            path: engine.path(container, posixpath.join(record.workdir, path)) for path in paths
        }
        shadows = shadows_in(
            engine, container, record.workdir or "/", assignment.submission.provided
        )
        libraries = tuple(
            folder
            for folder, before in built.base.libraries.items()
            if engine.modified(container, folder) != before
        )
        # Only what judges a program asks for more: it is the dearest look of all.
        if assignment.submission.program and not libraries:
            libraries = pristine.changed(engine, built, container, run_id)
    finally:
        engine.remove(container)
    return found, shadows, libraries


def shadows_in(
    engine: Engine, container: str, folder: str, given: Collection[str]
) -> tuple[str, ...]:
    """Return the names in a container's folder that hide modules of Python's standard library.

    Where the folder is too large to be listed, as the root always is, each name is asked for.
    """
    names = None if folder == "/" else engine.listing(container, folder)
    if names is None:
        modules = sorted(_MODULES)
        names = tuple(
            name
            for module in modules
            for name in (module, f"{module}.py")
            if engine.exists(container, posixpath.join(folder, name))
        )
    return shadowing(names, given)


def shadowing(names: Iterable[str], given: Collection[str]) -> tuple[str, ...]:
    """Return the file names that hide a module of Python's standard library, except those `given`.

    Python looks beside the program first: a `json.py` there is imported in place of its own.
    """
    return tuple(
        name for name in names if name not in given and name.removesuffix(".py") in _MODULES
    )


def _record(engine: Engine, image_id: str) -> ImageRecord:
    record = engine.image(image_id)
    if record is None:
        raise EngineFault("the image is gone although it was just built")
    return record


def _form(form: str) -> Literal["exec", "shell"]:
    return "exec" if form == "exec" else "shell"
