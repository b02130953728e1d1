#!/usr/bin/env python3
"""Figures of the code itself: how much of it there is, how it hangs together, what reads alike.

usage: bench/house.py [CHECKOUT...]     (default: the one this file is in)

Several checkouts are printed side by side, as a Markdown table; an older one is made with
`git worktree add --detach DIR COMMIT`. Only the text of the files is read, so that nothing has to
be installed for them. What each figure counts:

- lines: of modules that are not empty, and of functions from `def` to their last line;
- cycles: groups of modules that reach each other by imports;
- typed: functions whose parameters and result all have a type;
- comment lines: lines that hold nothing else, for 100 lines of code and docstrings;
- names used twice: files (`__init__.py` and `__main__.py` left out) and classes;
- to trace one check: modules that somebody opens who follows the kind `pid1` from a container to
  the page. *Know of it*: has a row of `pid1` or of the observation it looks at, `run`, in a table;
  is its judge, its probe, or what in `render/` takes its facts; or names `RunSpec` or `RunFacts` in
  code, as `isinstance` does. *Code*: those, and all that these rows and functions name, from name
  to name until nothing new is found; a table is followed in these rows only. *Code and types*: the
  types of parameters, results and fields are followed, too.
"""

import ast
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tracing import Checkout, knowing, traced

ROOT = Path(__file__).parent.parent


def _spread(values: list[int]) -> str:
    ordered = sorted(values)
    tenth = ordered[int(len(ordered) * 0.9)]
    return f"{statistics.median(ordered):.0f} / {tenth} / {ordered[-1]}"


def _functions(house: Checkout) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for tree in house.trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


def _is_typed(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    args = node.args
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    named = [arg for arg in every if arg and arg.arg not in {"self", "cls"}]
    return node.returns is not None and all(arg.annotation for arg in named)


def _typed(house: Checkout) -> str:
    typed = [_is_typed(node) for node in _functions(house)]
    return f"{100 * sum(typed) / len(typed):.1f} %"


def _cycles(house: Checkout) -> int:
    reach: dict[str, set[str]] = {}
    for module in house.trees:
        todo, seen = list(house.edges(module)), set[str]()
        while todo:
            here = todo.pop()
            if here not in seen:
                seen.add(here)
                todo.extend(house.edges(here))
        reach[module] = seen
    circles = {frozenset(b for b in reach[a] if a in reach[b]) for a in reach}
    return len(circles - {frozenset()})


def _comments(house: Checkout) -> str:
    every = [line.strip() for lines in house.lines.values() for line in lines if line.strip()]
    comments = sum(line.startswith("#") for line in every)
    return f"{100 * comments / (len(every) - comments):.1f}"


def _twice(places: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for name, place in places:
        found[name].append(place)
    return {name: where for name, where in sorted(found.items()) if len(where) > 1}


def same_files(house: Checkout) -> dict[str, list[str]]:
    """Return the file names that several modules have, with those modules' folders."""
    return _twice(
        (path.name, path.parent.relative_to(house.root / "grader").as_posix())
        for path in house.paths.values()
        if not path.name.startswith("__")
    )


def same_classes(house: Checkout) -> dict[str, list[str]]:
    """Return the class names that are used more than once, with their modules."""
    return _twice(
        (node.name, module.removeprefix("grader."))
        for module, tree in house.trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    )


def _entries(house: Checkout) -> int:
    """Count files and folders at the top; `__init__.py` is the folder itself."""
    inside = {path.relative_to(house.root / "grader").parts[0] for path in house.paths.values()}
    return len(inside - {"__init__.py"})


def _contributing(house: Checkout) -> int:
    return len((house.root / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines())


FIGURES: Mapping[str, Callable[[Checkout], object]] = {
    "lines": lambda house: sum(map(len, house.lines.values())),
    "modules": lambda house: sum(map(bool, house.lines.values())),
    "entries at the top": _entries,
    "module lines: median / p90 / max": lambda house: _spread(
        [len(lines) for lines in house.lines.values() if lines]
    ),
    "function lines: median / p90 / max": lambda house: _spread(
        [(node.end_lineno or 0) - node.lineno + 1 for node in _functions(house)]
    ),
    "import cycles": _cycles,
    "functions fully typed": _typed,
    "comment lines for 100 of code": _comments,
    "modules that share a file name": lambda house: sum(map(len, same_files(house).values())),
    "class names used twice or more": lambda house: len(same_classes(house)),
    "modules to trace `pid1`: know of it": lambda house: len(knowing(house)),
    "modules to trace `pid1`: code": lambda house: len(traced(house, types=False)),
    "modules to trace `pid1`: code and types": lambda house: len(traced(house, types=True)),
    "lines of CONTRIBUTING": _contributing,
}


def main() -> None:
    """Print the table, and what shares a name in the last checkout given."""
    houses = [Checkout(Path(word).resolve()) for word in sys.argv[1:]] or [Checkout(ROOT)]
    print("| |", *(f"{house.root.name} |" for house in houses))
    print("|---|", *("---|" for _ in houses))
    for title, figure in FIGURES.items():
        print(f"| {title} |", *(f"{figure(house)} |" for house in houses))
    for title, shared in (("file", same_files), ("class", same_classes)):
        print(f"\nOne {title} name, several places:")
        print(
            *(f"  {name}: {', '.join(where)}" for name, where in shared(houses[-1]).items()),
            sep="\n",
        )
    print("\nTo trace `pid1` (those with a star know of it):")
    for module in sorted(traced(houses[-1], types=False)):
        print(f"  {module}{' *' if module in knowing(houses[-1]) else ''}")


if __name__ == "__main__":
    main()
