"""Follows names through a checkout's code, without importing it: which modules a check touches.

`bench/house.py` says what is counted as touched.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

CHECK, OBSERVATION = "pid1", "run"
OBSERVATIONS = {OBSERVATION, "rebuild", "scene", "script"}
SPEC, FACTS = "RunSpec", "RunFacts"
STARTS = {"judge", "observe_run", SPEC, FACTS}
Definition = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign
Found = tuple[str, str]  # a module and a name in it; the name is empty for the module itself


class Checkout:
    """The modules of one checkout, parsed: by their dotted names."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.paths = {
            ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
            for path in sorted((root / "grader").rglob("*.py"))
        }
        self.lines = {
            name: path.read_text(encoding="utf-8").splitlines() for name, path in self.paths.items()
        }
        self.trees = {name: ast.parse("\n".join(lines)) for name, lines in self.lines.items()}

    @cached_property
    def names(self) -> Mapping[str, Mapping[str, Definition]]:
        """What each module defines at its top level."""
        return {module: dict(_definitions(tree)) for module, tree in self.trees.items()}

    @cached_property
    def imported(self) -> Mapping[str, Mapping[str, Found]]:
        """What each module imports of ours, by the name it has there."""
        return {
            module: {
                alias.asname or alias.name: (node.module, alias.name)
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("grader")
                for alias in node.names
                if node.module
            }
            for module, tree in self.trees.items()
        }

    def find(self, module: str, name: str) -> Found | None:
        """Return where a name that a module uses is defined, through all that hand it on."""
        while name not in self.names.get(module, {}):
            if name not in self.imported.get(module, {}):
                return None
            module, name = self.imported[module][name]
            if f"{module}.{name}" in self.trees:
                return f"{module}.{name}", ""
        return module, name

    def edges(self, module: str) -> Iterator[str]:
        """Yield the modules that one imports."""
        for source, name in self.imported[module].values():
            inner = f"{source}.{name}"
            yield inner if inner in self.trees else source


def _definitions(tree: ast.Module) -> Iterator[tuple[str, Definition]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign):
            names = (name for target in node.targets for name in ast.walk(target))
            yield from ((name.id, node) for name in names if isinstance(name, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node


def _rows(node: ast.AST) -> dict[str, ast.expr]:
    """Return the rows of a table, which is a dict display somewhere in an assignment."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return {}
    return {
        key.value: value
        for table in ast.walk(node.value)
        if isinstance(table, ast.Dict)
        for key, value in zip(table.keys, table.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def _read(node: ast.AST) -> ast.AST:
    """Return what somebody reads of a definition: of a table the one row that matters."""
    rows = _rows(node)
    return rows.get(CHECK) or rows.get(OBSERVATION) or node


def _walk(node: ast.AST, *, types: bool) -> Iterator[ast.AST]:
    yield node
    for field, value in ast.iter_fields(node):
        if types or field not in {"annotation", "returns"}:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _walk(child, types=types)


def _uses(house: Checkout, module: str, node: ast.AST, *, types: bool) -> Iterator[Found]:
    for part in _walk(node, types=types):
        found: Found | None = None
        if isinstance(part, ast.Name):
            found = house.find(module, part.id)
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            owner = house.find(module, part.value.id)
            found = house.find(owner[0], part.attr) if owner and not owner[1] else None
        if found and found[1]:
            yield found


def _takes_facts(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and FACTS in ast.unparse(node.args)


def _starts(house: Checkout) -> Iterator[Found]:
    for module, names in house.names.items():
        for name, node in names.items():
            shown = module.startswith("grader.render.") and _takes_facts(node)
            rows = _rows(node).keys()
            if name in STARTS or CHECK in rows or rows >= OBSERVATIONS or shown:
                yield module, name


def _names_it(tree: ast.Module) -> bool:
    """Return whether code, not only types of parameters and fields, names the observation."""
    names = {node.id for node in _walk(tree, types=False) if isinstance(node, ast.Name)}
    return not names.isdisjoint({SPEC, FACTS})


def knowing(house: Checkout) -> set[str]:
    """Return the modules that know of the check or of the observation it looks at."""
    naming = {module for module, tree in house.trees.items() if _names_it(tree)}
    return {module for module, _ in _starts(house)} | naming


def traced(house: Checkout, *, types: bool) -> set[str]:
    """Return the modules that somebody opens who follows one check."""
    todo, seen = list(_starts(house)), set[Found]()
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            module, name = here
            read = _read(house.names[module][name])
            todo.extend(_uses(house, module, read, types=types))
    return {module for module, _ in seen} | knowing(house)
