"""Helpers: containers of the grader's own that act in a scene beside the student's.

They send requests from inside a network, and read and write files of a volume. So a student's
image needs neither a shell nor curl, and what it holds cannot falsify what is seen.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grader.core.text import shorten, visible
from grader.engine.protocol import ContainerSpec, Conversation, Engine, Mount
from grader.facts.scenes import Answer, Answered
from grader.spec.scenes import HOST

_AGENT = (Path(__file__).parent / "scene_agent.py").read_text(encoding="utf-8")
_IDLE = ("sleep", "600")
_TALKING = ("python3", "-I", "-c", _AGENT)
MARGIN = 10.0  # seconds for what helpers do, and on top of a request's own deadline
_BODY_KEPT = 64 * 1024
_DNS = 53
_NO_NAMES = frozenset({"none", HOST})  # networks of which the engine answers no names


@dataclass(frozen=True, slots=True)
class _Agent:
    """A container that runs `scene_agent.py`; `serving`: the addresses at which it answers DNS."""

    container: str
    talk: Conversation
    serving: tuple[str, ...] = ()


class Helpers:
    """The helpers of one scene, made when they are first needed; removed when the block ends."""

    def __init__(self, engine: Engine, base: str, run_id: str) -> None:
        self._engine = engine
        self.base = base
        self._run_id = run_id
        self._agents: dict[str, _Agent] = {}
        self._readers: dict[str, str] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def ask(self, network: str, name: str, order: Mapping[str, Any]) -> Answered:
        """Return the answers to a request made from inside a network, or from the host.

        `network` is the engine's name of it, `name` the spec's, `order` what `scene_agent.py`
        takes for a request.
        """
        raw = _command(self._in_network(network), {"request": dict(order)}, float(order["within"]))
        answers = tuple(_answer(each) for each in raw)
        return Answered(source=name, to=str(order["to"]), answers=answers)

    def containers(self) -> list[str]:
        """Return the engine's ids of the helpers that run."""
        return [agent.container for agent in list(self._agents.values())]

    def nameserver(self, network: str) -> tuple[str, ...]:
        """Return the address of a name server in a network, for containers that are made there.

        Docker asks it for names of which it knows no container; the answer is always that there
        is no such name. Empty for a network in which there cannot be one.
        """
        return () if network in _NO_NAMES else self._in_network(network).serving

    def idle(self, network: str, aliases: Sequence[str] = ()) -> str:
        """Start a container that does nothing in a network; return its id."""
        return self._run(
            ContainerSpec(self.base, _IDLE, network=network, aliases=aliases, capabilities=())
        )

    def append(self, volume: str, path: str, line: str) -> str:
        """Append a line to a file of a volume, whether or not the file is there.

        Returns why it cannot be done, in Python's words, empty if it was.
        """
        order = {"path": f"/volume/{path}", "line": line, "within": MARGIN}
        found = _command(self._at_volume(volume), {"append": order}, MARGIN)
        return shorten(visible(str(found)), 160)

    def open_to_all(self, volume: str) -> None:
        """Let any user of a container write into an empty volume, as into an open folder."""
        _command(self._at_volume(volume), {"open": {"path": "/volume"}}, MARGIN)

    def read(self, volume: str, path: str, limit: int) -> bytes | None:
        """Return a file of a volume, read through a container that is never started."""
        spec = ContainerSpec(
            self.base,
            _IDLE,
            run_id=self._run_id,
            mounts=(Mount("volume", "/volume", volume, read_only=True),),
        )
        if volume not in self._readers:
            self._readers[volume] = self._engine.create(spec)
            self._stack.callback(self._engine.remove, self._readers[volume])
        return self._engine.read(self._readers[volume], f"/volume/{path}", limit)

    def _at_volume(self, volume: str) -> _Agent:
        """Return the agent that has a volume at /volume."""
        mount = Mount("volume", "/volume", volume)
        spec = ContainerSpec(self.base, _TALKING, mounts=(mount,), talking=True)
        return self._agent(volume, spec)

    def _in_network(self, network: str) -> _Agent:
        """Return the agent in a network, which is the network's name server, too."""
        if network not in self._agents:
            names = network not in _NO_NAMES
            own = ("127.0.0.1",) if names else ()
            spec = ContainerSpec(
                self.base, _TALKING, network=network, dns=own, capabilities=(), talking=True
            )
            agent = self._agent(network, spec)
            if names and not _command(agent, {"names": {"port": _DNS}}, MARGIN):
                found = self._engine.inspect(agent.container).addresses.values()
                self._agents[network] = replace(agent, serving=tuple(found))
        return self._agents[network]

    def _agent(self, place: str, spec: ContainerSpec) -> _Agent:
        """Return the agent of a network or volume; it is made from `spec` if there is none yet."""
        if place not in self._agents:
            container = self._run(spec)
            talk = self._engine.converse(container)
            self._stack.callback(talk.close)
            self._agents[place] = _Agent(container, talk)
        return self._agents[place]

    def _run(self, spec: ContainerSpec) -> str:
        container = self._engine.create(replace(spec, run_id=self._run_id))
        self._stack.callback(self._engine.remove, container)
        self._engine.start(container)
        return container


def _command(agent: _Agent, order: Mapping[str, Any], within: float) -> Any:
    """Return the value the agent answers an order with."""
    return json.loads(agent.talk.ask(json.dumps(order), within + MARGIN))


def _answer(raw: Mapping[str, Any]) -> Answer:
    return Answer(
        status=int(raw["status"]),
        body=visible(str(raw["body"]), keep="\n\t")[:_BODY_KEPT],
        peer=str(raw["peer"]),
        error=visible(str(raw["error"]))[:400],
        seconds=float(raw["seconds"]),
    )
