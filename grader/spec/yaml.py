"""Loads YAML strictly: with the line of every value, and without guessing types.

Duplicate keys, aliases and custom tags are errors; only `true`, `false`, `null` and decimal
numbers are anything else than text, so `no`, `010` and `22:22` stay what the author wrote.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import yaml

Path = tuple[str | int, ...]
Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Document:
    """A loaded document: its value, and for each path in it the line where it begins."""

    value: Value
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """Return the line of `path`, or of its nearest ancestor."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]


class YamlError(Exception):
    """The text is not YAML as it is accepted here."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class _Plain(yaml.SafeLoader):
    """SafeLoader without YAML 1.1's guesses."""


_Plain.yaml_implicit_resolvers = {}
_Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Plain.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
_Plain.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]{0,17})$"), list("-0123456789")
)
_Plain.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,17}$"),
    list("-0123456789"),
)


def _quick_loader() -> type[yaml.SafeLoader] | None:
    """Return the same loader on libyaml; None where PyYAML was built without it.

    Every command loads all labs, and libyaml does that in 0.04 s instead of 0.3 s. It is not the
    only loader because its messages are other ones, and because it takes some text that PyYAML
    refuses (`_ODD`): whatever it refuses or might read otherwise goes to the slow one.
    """
    if not yaml.__with_libyaml__:
        return None
    quick: Any = type("_Quick", (yaml.CSafeLoader,), {})
    quick.yaml_implicit_resolvers = _Plain.yaml_implicit_resolvers
    return cast("type[yaml.SafeLoader]", quick)


_QUICK = _quick_loader()
# Where PyYAML and libyaml differ: where tabs may be, Unicode's own line ends, tags, and `|#`.
_ODD = re.compile("[^\\n -~\u00a0-\u2027\u202a-\ud7ff]|(?<![^\\s\\[\\]{},:?-])!|[|>]#")

_SCALARS: dict[str, Callable[[str], Value]] = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:bool": lambda text: text == "true",
    "tag:yaml.org,2002:null": lambda _: None,
}


def load(text: str) -> Document:
    """Return the single document in `text`; YamlError names line and cause of anything else."""
    if len(text) > MAX_BYTES:
        raise YamlError(1, f"the file is larger than {MAX_BYTES // 1024} KiB")
    try:
        node = _compose_quickly(text) or _compose(_Plain(text))
        lines: dict[Path, int] = {(): 1}
        return Document(None if node is None else _value(node, (), lines), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = error.problem or error.context or "this is not YAML"
        raise YamlError(mark.line + 1 if mark else 1, message) from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise YamlError(
            line, f"the character U+{ord(text[error.position]):04X} may not be here"
        ) from error
    except RecursionError as error:
        raise YamlError(1, f"nested deeper than {MAX_DEPTH} levels") from error


def dump(value: Value) -> str:
    """Return `value` as text that `load` reads back; the same bytes for the same value."""
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)


def _compose_quickly(text: str) -> yaml.Node | None:
    """Return the document; None where it has to be read slowly, for the message about it."""
    if _QUICK is None or _ODD.search(text):
        return None
    try:
        root = _QUICK(text).get_single_node()
    except (yaml.YAMLError, UnicodeError, ValueError, RecursionError):
        return None
    seen: set[int] = set()
    todo = [root] if root else []
    while todo:
        node = todo.pop()
        if id(node) in seen:  # an alias is the same node once more
            return None
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            todo += [child for pair in node.value for child in pair]
        elif isinstance(node, yaml.SequenceNode):
            todo += node.value
    return root


def _compose(loader: _Plain) -> yaml.Node | None:
    # Aliases are refused while composing: an expanded one can be exponentially large.
    original = loader.compose_node

    def compose(parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if loader.check_event(yaml.AliasEvent):
            line = loader.line + 1
            raise YamlError(line, "aliases (*name) are not allowed; write the value out")
        return original(parent, index)

    loader.compose_node = compose  # type: ignore[method-assign]
    return loader.get_single_node()


def _value(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Value:
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    if len(path) > MAX_DEPTH:
        raise YamlError(line, f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
        return [_value(child, (*path, i), lines) for i, child in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
        return _mapping(node, path, lines)
    if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
        return _SCALARS[node.tag](node.value)
    raise YamlError(line, f"tags ({node.tag}) are not allowed")


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise YamlError(line, "a key must be plain text")
        key = str(key_node.value)
        if key in found:
            first = lines[(*path, key)]
            raise YamlError(
                line, f"the key '{key}' stands here a second time (first: line {first})"
            )
        lines[(*path, key)] = line
        found[key] = _value(value_node, (*path, key), lines)
    return found
