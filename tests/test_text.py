"""Text from anywhere, made safe and short."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from grader.text import lines, quoted, shorten, visible


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
