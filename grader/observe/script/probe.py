"""Runs a student's script on the machines of its lab, and again with each of its steps failing."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from grader.build.image_builder import ImageBuilder, missing
from grader.build.machine_image import is_standin, machine_image
from grader.core.errors import EngineFault
from grader.core.logs import carrying
from grader.facts import Fault, NotSeen, Place
from grader.facts.scripts import ScriptFacts, ScriptWorld
from grader.observe.run_context import RunContext
from grader.observe.script.machine.steps import fault
from grader.observe.script.machines import Machines, MachineSpec, Step
from grader.observe.unseen import first_lost
from grader.spec.assignment import fill
from grader.spec.scripts import ScriptSpec, WorldSpec
from grader.submission.snapshot import LabFiles

# As many as there is something to do for: half of a machine's time is the engine's.
_PARALLEL = 4
_MOST_BYTES = 64 * 1024
_MOST_STEPS = 14


def script_without_engine(
    spec: ScriptSpec, files: LabFiles, images: Mapping[str, NotSeen]
) -> NotSeen:
    """Return why there is no script to run; if there is one, it waits for an engine."""
    script = _handed_in(files, spec)
    lost = {spec.file: script} if isinstance(script, NotSeen) else {}
    return first_lost({**images, **lost})


def _handed_in(files: LabFiles, spec: ScriptSpec) -> bytes | NotSeen:
    """Return the script, or why there is none to run."""
    script = files.files.get(spec.file)
    if script is None:
        return missing(spec.file, files)
    if len(script) > _MOST_BYTES:
        why = f"{spec.file} is larger than {_MOST_BYTES // 1024} KiB and was not run."
        return NotSeen(fault=Fault.STUDENT, why=why, place=Place(file=spec.file))
    return script


def observe_script(
    context: RunContext, builder: ImageBuilder, spec: ScriptSpec
) -> ScriptFacts | NotSeen:
    """Return what the script did on each machine; NotSeen if there is none to run."""
    script = _handed_in(builder.files, spec)
    if isinstance(script, NotSeen):
        return script
    image = machine_image(context.engine, spec.machine, spec.packages, builder.bases.announce)
    made = Machines(context.engine, image, context.run_id, spec.file, script)
    specs = {name: _machine_spec(context, name, world) for name, world in spec.worlds.items()}
    with ThreadPoolExecutor(_PARALLEL, thread_name_prefix="script") as pool:
        pairs = dict(
            zip(specs, pool.map(carrying(partial(_both, made)), specs.values()), strict=True)
        )
        worlds = {name: lenient or strict for name, (strict, lenient) in pairs.items()}
        # Only where a script comes to its end by itself is there a step to make fail.
        broken: tuple[ScriptWorld, ...] = ()
        if all(run.ended == "exit" for world in worlds.values() for run in world.runs):
            failing = [
                pool.submit(
                    carrying(made.run_failing),
                    replace(specs[name], lenient=worlds[name].lenient),
                    steps,
                )
                for name in spec.breaks
                for steps in _shared_out(_failing(worlds[name]))
            ]
            broken = tuple(world for future in failing for world in future.result())
    everything = (*worlds.values(), *broken)
    if any(run.ended == "lost" for world in everything for run in world.runs):
        _blame_nobody_else(context, image, next(iter(specs.values())))
    return ScriptFacts(
        file=spec.file,
        windows_lines=b"\r\n" in script,
        worlds=worlds,
        strict={name: strict for name, (strict, lenient) in pairs.items() if lenient},
        broken=broken,
        machine=spec.machine,
        standin=is_standin(context.engine, image),
    )


def _both(made: Machines, machine: MachineSpec) -> tuple[ScriptWorld, ScriptWorld | None]:
    """Return what a script did on a machine, and, where a step failed there, on a lenient one.

    One mistake should cost what it breaks and not everything behind it: with a wrong key nothing
    of Docker's can be installed any more, however right the rest of a script is.
    """
    strict = made.run(machine)
    if machine.engine or not strict.runs:
        return strict, None
    first = strict.runs[0]
    failed = first.exit_code or any(call.step and call.code for call in first.calls)
    if first.ended != "exit" or not failed:
        return strict, None
    return strict, made.run(replace(machine, lenient=True))


def _machine_spec(context: RunContext, name: str, world: WorldSpec) -> MachineSpec:
    user = fill(world.user, context.words)
    members = None
    if world.members is not None:
        members = tuple(fill(member, context.words) for member in world.members)
    return MachineSpec(
        name=name,
        release=world.release,
        arch=world.arch,
        umask=int(world.umask, 8),
        user=user,
        others=tuple(member for member in members or () if member != user),
        groups=world.groups,
        engine=world.engine,
        members=members,
        sudo=world.sudo,
        runs=world.runs,
        terminal=world.terminal,
    )


def _failing(world: ScriptWorld) -> list[Step]:
    """Return the steps the script took that something in the world can make fail."""
    seen: dict[str, int] = {}
    found = []
    for call in world.runs[0].calls if world.runs else ():
        if call.step:
            seen[call.step] = seen.get(call.step, 0) + 1
            if fault(call.step, list(call.words)) and not call.code:
                found.append((call.step, seen[call.step]))
    return found[:_MOST_STEPS]


def _shared_out(steps: list[Step]) -> list[list[Step]]:
    """Return the steps in two halves, for two machines side by side."""
    half = (len(steps) + 1) // 2
    return [part for part in (steps[:half], steps[half:]) if part]


def _blame_nobody_else(context: RunContext, image: str, machine: MachineSpec) -> None:
    """Raise EngineFault unless a machine lives to its end with a script that does nothing."""
    made = Machines(context.engine, image, context.run_id, "nothing.sh", b"true\n")
    world = made.run(replace(machine, runs=1))
    if not world.runs or world.runs[0].ended != "exit":
        raise EngineFault("the engine ended a script's machine before the script did")
