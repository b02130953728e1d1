"""YAML that guesses nothing and says where each thing stands."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.spec import yaml as yaml_module
from grader.spec.yaml import MAX_DEPTH, Document, YamlError, load
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: no", {"a": "no"}),
        ("a: 010", {"a": "010"}),
        ("a: 22:22", {"a": "22:22"}),
        ("a: 2026-11-23", {"a": "2026-11-23"}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: 0x10", {"a": "0x10"}),
        ("a: .inf", {"a": ".inf"}),
        ("a: 12", {"a": 12}),
        ("a: -1.5", {"a": -1.5}),
        ("a: true", {"a": True}),
        ("a: True", {"a": "True"}),
        ("a:", {"a": None}),
        ("a: '12'", {"a": "12"}),
        ("- x\n- [1, y]", ["x", [1, "y"]]),
        ("", None),
        ("# nothing", None),
    ],
)
def test_only_plain_words_become_anything_else_than_text(text: str, value: object) -> None:
    """What looks like a time, an octal or a YAML 1.1 boolean stays what was written."""
    assert load(text).value == value


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3", 3, "the key 'a' stands here a second time (first: line 1)"),
        ("x: &a [1]\ny: *a", 2, "aliases (*name) are not allowed; write the value out"),
        ("a: !!python/object/apply:os.system [ls]", 1, "tags"),
        ("a: !own b", 1, "tags"),
        ("a: [1, 2\n", 2, "expected"),
        ("a: b\n\tc: d", 2, "cannot start any token"),
        ("? [1]\n: 2", 1, "a key must be plain text"),
        ("a: 1\n---\nb: 2", 2, "another document"),
        ("a: b\nc: \x00", 2, "the character U+0000 may not be here"),
        ("[" * 30 + "]" * 30, 1, f"nested deeper than {MAX_DEPTH} levels"),
        ("[" * 5000, 1, "nested deeper"),
    ],
)
def test_what_is_refused_is_named_with_its_line(text: str, line: int, message: str) -> None:
    """Duplicate keys, aliases, tags and broken text each have their message."""
    with pytest.raises(YamlError) as caught:
        load(text)

    assert message in caught.value.message
    assert caught.value.line == line


def test_a_path_without_a_line_falls_back_to_its_nearest_ancestor() -> None:
    """A missing key is reported where its mapping stands."""
    document = load("a:\n  b:\n    c: 1\n")

    assert document.line(("a", "b", "c")) == 3
    assert document.line(("a", "b", "nosuch", "deeper")) == 2


@given(st.text(max_size=300))
def test_arbitrary_text_raises_nothing_else(text: str) -> None:
    """Whatever the file holds, it loads or YamlError says why not."""
    with contextlib.suppress(YamlError):
        load(text)


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Document]:
    """Return `load` as it is where libyaml is not."""

    def read(text: str) -> Document:
        with monkeypatch.context() as patched:
            patched.setattr(yaml_module, "_QUICK", None)
            return load(text)

    return read


def test_libyaml_reads_our_specs_the_same(slowly: Callable[[str], Document]) -> None:
    """Values and lines, so that a message names the same place everywhere."""
    paths = [*ROOT.glob("assignments/*/*.yaml"), *ROOT.glob("solutions/*/*.yaml")]
    texts = [path.read_text() for path in paths]
    assert len(texts) > 10

    for text in texts:
        quick, slow = load(text), slowly(text)
        assert (quick.value, quick.lines) == (slow.value, slow.lines)


@pytest.mark.parametrize(
    "text",
    [
        "a:\tb",
        "a: b\tc",
        "a: ! ",
        "a\u2028b",
        "a\x85b",
        "|#x",
        ">#\n",
        "x: &a [*a]",
        "- &a b\n- *a",
    ],
)
def test_what_libyaml_takes_otherwise_is_read_slowly(
    text: str, slowly: Callable[[str], Document]
) -> None:
    """The same outcome with libyaml and without."""
    outcomes = []
    for read in (load, slowly):
        try:
            outcomes.append(repr(read(text).value))
        except YamlError as error:
            outcomes.append(f"{error.line}: {error.message}")
    assert outcomes[0] == outcomes[1]
