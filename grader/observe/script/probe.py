"""Runs a student's script on the machines of its lab, and again with each of its steps failing."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from grader.build.image_builder import ImageBuilder, missing
from grader.core.errors import EngineFault
from grader.core.logs import carrying
from grader.facts import Fault, NotSeen, Place
from grader.facts.scripts import ScriptFacts, ScriptWorld
from grader.observe.run_context import RunContext
from grader.observe.script.machines import MachineSpec, machines
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
    """Return the bytes of the script that was handed in, or why there is none to run."""
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
    base = builder.bases.get(context.assignment.bases[0])
    specs = {name: _machine_spec(context, name, world) for name, world in spec.worlds.items()}
    with (
        machines(context.engine, base.id, context.run_id, spec.file, script) as made,
        ThreadPoolExecutor(_PARALLEL, thread_name_prefix="script") as pool,
    ):
        worlds = dict(zip(specs, pool.map(carrying(made.run), specs.values()), strict=True))
        # Only where a script comes to its end by itself is there a step to make fail.
        broken: tuple[ScriptWorld, ...] = ()
        if all(run.ended == "exit" for world in worlds.values() for run in world.runs):
            failing = [
                machine for name in spec.breaks for machine in _broken(specs[name], worlds[name])
            ]
            broken = tuple(pool.map(carrying(made.run), failing[:_MOST_STEPS]))
    everything = (*worlds.values(), *broken)
    if any(run.ended == "lost" for world in everything for run in world.runs):
        _blame_nobody_else(context, base.id, next(iter(specs.values())))
    return ScriptFacts(
        file=spec.file,
        windows_lines=b"\r\n" in script,
        worlds=worlds,
        broken=broken,
    )


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
    )


def _broken(machine: MachineSpec, world: ScriptWorld) -> list[MachineSpec]:
    """Return the machine again for each step that the script took on it, with that step failing."""
    seen: dict[str, int] = {}
    found = []
    for call in world.runs[0].calls if world.runs else ():
        if call.step:
            seen[call.step] = seen.get(call.step, 0) + 1
            breaks = (call.step, seen[call.step])
            found.append(replace(machine, breaks=breaks, runs=1))
    return found


def _blame_nobody_else(context: RunContext, image: str, machine: MachineSpec) -> None:
    """Raise EngineFault unless a machine lives to its end with a script that does nothing."""
    with machines(context.engine, image, context.run_id, "nothing.sh", b"true\n") as made:
        world = made.run(replace(machine, runs=1))
    if not world.runs or world.runs[0].ended != "exit":
        raise EngineFault("the engine ended a script's machine before the script did")
