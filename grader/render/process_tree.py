"""The picture of a container's processes, drawn from facts alone."""

from dataclasses import dataclass

from markupsafe import Markup

from grader.core.text import quoted, shorten
from grader.facts import Process, RunFacts
from grader.render.svg import TEXT, WIDTH, Shapes, drawing, finish, fit, width

_PROCESSES = 8  # drawn at most; a submission may start 64
_WORDS = 12  # of a command line, drawn at most
_WORD_LINES = 3
_INDENT, _DEEPEST = 20.0, 5
_GAP, _PAD, _RADIUS = 10.0, 10.0, 6.0
_HEADER, _LINE, _INFO = 20.0, 24.0, 18.0
_CHIP_HEIGHT, _CHIP_PAD, _CHIP_GAP = 19.0, 5.0, 4.0
_BADGE_HEIGHT = 18.0
_PID1_WIDTH = 42.0


@dataclass(frozen=True, slots=True)
class _Node:
    process: Process
    depth: int


@dataclass(frozen=True, slots=True)
class _Chip:
    text: str
    x: float
    line: int
    word: bool


def signal_handling(process: Process) -> tuple[str, str, str]:
    """Return a sign, words and a style for what a process does with SIGTERM."""
    if process.catches_term:
        return "✓", "handles SIGTERM", "does"
    if process.ignores_term:
        return "✗", "ignores SIGTERM", "not"
    return "○", "no SIGTERM handler", "none"


def process_tree(run: RunFacts, program: str, key: str) -> Markup:
    """Return the tree of a container's processes as SVG; `program` is the provided file's name."""
    nodes = _tree(run)
    shown = _chosen(nodes, run)
    count = len(nodes)
    title = f"Processes in the container: {count}"
    picture = drawing(key, title, _in_words(shown, run, count))
    y = 1.0
    anchors: dict[int, tuple[float, float]] = {}
    for node in shown:
        x = 1 + _INDENT * min(node.depth, _DEEPEST)
        height = _box(picture, node.process, run, program, x, y)
        parent = anchors.get(node.process.ppid)
        if parent is not None and node.depth:
            middle = y + _PAD + _HEADER / 2
            picture.path("wire", ("M", parent[0], parent[1], "V", middle, "H", x))
        anchors[node.process.pid] = (x + _INDENT / 2, y + height)
        y += height + _GAP
    if left := count - len(shown):
        y += _INFO
        picture.text("muted", 2, y - _GAP, ("", f"and {left} more processes, not drawn"))
    return finish(picture, (WIDTH, y - _GAP + 1), "picture")


def _tree(run: RunFacts) -> list[_Node]:
    """Return all processes, parents before children, PID 1 first; each exactly once."""
    children: dict[int, list[Process]] = {}
    for process in sorted(run.processes, key=lambda p: p.pid, reverse=True):
        children.setdefault(process.ppid, []).append(process)
    known = {process.pid for process in run.processes}
    first = [p for p in run.processes if p.pid == run.init_pid]
    others = [p for p in run.processes if p.ppid not in known and p.pid != run.init_pid]
    nodes: list[_Node] = []
    done: set[int] = set()
    # The last list only counts where the parents form a circle: no process may be lost.
    for root in (*first, *others, *run.processes):
        stack = [_Node(root, 0)]
        while stack:
            node = stack.pop()
            if node.process.pid in done:
                continue
            done.add(node.process.pid)
            nodes.append(node)
            below = children.get(node.process.pid, [])
            stack += [_Node(child, node.depth + 1) for child in below]
    return nodes


def _chosen(nodes: list[_Node], run: RunFacts) -> list[_Node]:
    """Return the processes to draw: the first ones, and the program wherever it is."""
    if len(nodes) <= _PROCESSES:
        return nodes
    program = run.program.pid if run.program else run.init_pid
    shown = nodes[:_PROCESSES]
    if all(node.process.pid != program for node in shown):
        shown = [*shown[:-1], *(node for node in nodes if node.process.pid == program)]
    return shown


def _in_words(nodes: list[_Node], run: RunFacts, count: int) -> str:
    """Return the tree in words."""
    sentences = []
    for node in nodes:
        process = node.process
        who = "PID 1" if process.pid == run.init_pid else "Another process"
        if any(node.process.ppid == other.process.pid for other in nodes):
            parent = process.ppid == run.init_pid
            who = "A child of PID 1" if parent else "A child of another process"
        words = process.args if process.argv is None else quoted(process.argv)
        _, handling, _ = signal_handling(process)
        sentences.append(f"{who} is {process.name}, {shorten(words, 160)}: {handling}.")
    if count > len(nodes):
        sentences.append(f"And {count - len(nodes)} more.")
    return " ".join(sentences)


def _box(
    picture: Shapes, process: Process, run: RunFacts, program: str, x: float, y: float
) -> float:
    """Draw one process and return how high it is."""
    mine = run.program if run.program and run.program.pid == process.pid else None
    inner = WIDTH - 1 - x - 2 * _PAD
    chips = _chips(process, inner)
    infos = []
    if process.argv is None:
        infos.append("the bounds of its words are not known")
    if mine is not None:
        kept = "as provided" if mine.provided else "not the provided one"
        infos.append(f"this is {program}, {kept}")
    lines = 1 + max((chip.line for chip in chips), default=-1)
    height = 2 * _PAD + _HEADER + _LINE * lines + _INFO * len(infos) - 2
    group = picture.group(process.args)
    group.rect("box-program" if mine else "box", (x, y, WIDTH - 1 - x, height), _RADIUS)
    _header(group, process, x + _PAD, y + _PAD, first=process.pid == run.init_pid)
    top = y + _PAD + _HEADER + 4
    for chip in chips:
        above = top + chip.line * _LINE
        if chip.word:
            box = (x + _PAD + chip.x, above, width(chip.text) + 2 * _CHIP_PAD, _CHIP_HEIGHT)
            group.rect("chip", box, 3)
            group.code(x + _PAD + chip.x + _CHIP_PAD, above + 13.5, chip.text)
        else:
            group.code(x + _PAD + chip.x, above + 13.5, chip.text)
    below = top + _LINE * lines + 10
    for number, info in enumerate(infos):
        said = fit(info, inner)
        group.text("muted", x + _PAD, below + number * _INFO, ("", said))
    return height


def _header(group: Shapes, process: Process, x: float, y: float, *, first: bool) -> None:
    sign, words, style = signal_handling(process)
    badge = f"{sign} {words}"
    badge_width = TEXT * len(badge) + 12
    left = WIDTH - 1 - _PAD - badge_width
    group.rect(f"badge-{style}", (left, y - 1, badge_width, _BADGE_HEIGHT), _BADGE_HEIGHT / 2)
    group.text(f"badge-text-{style}", left + badge_width / 2, y + 12, ("", badge), anchor="middle")
    if first:
        group.rect("pid1", (x, y - 1, _PID1_WIDTH, _BADGE_HEIGHT), 3)
        group.text("pid1-text", x + _PID1_WIDTH / 2, y + 12, ("", "PID 1"), anchor="middle")
        x += _PID1_WIDTH + 7
    name = fit(process.name or "?", left - x - 8)
    group.text("strong", x, y + 12.5, ("", name))


def _chips(process: Process, space: float) -> list[_Chip]:
    """Return a command line as words that each have a frame, broken into lines."""
    if process.argv is None:
        return [_Chip(fit(shorten(process.args, 200), space), 0, 0, word=False)]
    chips: list[_Chip] = []
    x, line = 0.0, 0
    for number, word in enumerate(process.argv):
        text = fit(word, space - 2 * _CHIP_PAD)
        wide = width(text) + 2 * _CHIP_PAD
        if x and x + wide > space:
            x, line = 0.0, line + 1
        if line == _WORD_LINES or number == _WORDS:
            left = f"and {len(process.argv) - number} more words"
            return [*chips, _Chip(left, 0, line + 1 if x else line, word=False)]
        chips.append(_Chip(text, x, line, word=True))
        x += wide + _CHIP_GAP
    return chips
