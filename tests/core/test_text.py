"""Text from anywhere, made safe and short."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from grader.core.text import clip, inert, lines, quoted, shorten, visible


def test_controls_and_invisible_characters_are_written_as_escapes() -> None:
    """ESC, bidi overrides, zero-width characters and lone surrogates lose their power."""
    assert visible("a\x1b[31mb") == "a\\x1b[31mb"
    assert visible("\u202ex\u200b") == "\\u202ex\\u200b"
    assert visible("\ud800") == "\\ud800"
    assert visible("naïve ∑ 日本") == "naïve ∑ 日本"
    assert visible("a\nb", keep="\n") == "a\nb"


def test_one_line_of_bounded_length() -> None:
    """Long text ends in an ellipsis, white space folds."""
    assert shorten("a \n\t b") == "a b"
    assert shorten("x" * 100, 10) == "x" * 9 + "…"


def test_a_flood_is_cut_to_a_line_without_reading_it() -> None:
    """And the line says that it was cut."""
    assert shorten(" " * 1_000 + "x", 10) == "…"
    assert shorten("x " * 1_000_000, 10) == "x x x x x…"


def test_clipped_text_keeps_its_lines_and_says_that_it_was_cut() -> None:
    """Escapes count as what they are written as."""
    assert clip("a\r\nb", 9) == "a\\r\nb"
    assert clip("x" * 40, 20) == "x" * 9 + "\n[cut here]"
    assert clip("\x1b" * 10, 39) == ("\\x1b" * 10)[:28] + "\n[cut here]"
    assert [len(clip("x" * 40, limit)) for limit in (0, 1, 10, 11, 39, 40)] == [
        0,
        1,
        10,
        11,
        39,
        40,
    ]


def test_no_line_is_a_workflow_command() -> None:
    """A runner looks for two colons at the start of a line, and for ##[ anywhere."""
    assert inert("::x::\n  ::y::\na ::z::") == "\\::x::\n  \\::y::\na ::z::"
    assert inert("a\r::x::") == "a\r\\::x::"
    assert inert("log ##[add-mask]x") == "log ##\\[add-mask]x"


def test_word_boundaries_are_visible() -> None:
    """One argument with a space is not two arguments."""
    assert quoted(["a b", "c"]) == '["a b", "c"]'
    assert quoted([]) == "no arguments"


def test_the_first_and_last_lines_of_a_long_text_are_kept() -> None:
    """The gap says how much is missing."""
    text = "\n".join(str(number) for number in range(100))

    assert lines(text, limit=4).splitlines() == [
        "0",
        "1",
        "[... 96 lines left out ...]",
        "98",
        "99",
    ]


@given(st.text())
def test_visible_text_is_printable_and_encodes(text: str) -> None:
    """Whatever comes in, what goes out can be shown and written anywhere."""
    shown = visible(text)

    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cs", "Zl"}
    assert shown.encode("utf-8")[:0] == b""
