"""Makes text from anywhere safe and short enough to show."""

import re
import unicodedata

# Controls, and the format characters that reorder or hide text on a terminal or page.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_FORMULA = re.compile(r"\s*[=+\-@|%]")


def visible(text: str, *, keep: str = "") -> str:
    """Return `text` with every control or invisible character written as an escape.

    Characters in `keep` (a newline, a tab) stay as they are.
    """
    return "".join(
        character
        if character in keep or unicodedata.category(character) not in _HIDDEN
        else character.encode("unicode_escape", errors="backslashreplace").decode("ascii")
        for character in text
    )


def shorten(text: str, limit: int = 80) -> str:
    """Return `text` on one visible line of at most `limit` characters."""
    # A window first: a flood is not worth reading to its end for a line of it.
    window = text[: 50 * limit]
    line = visible(re.sub(r"\s+", " ", window).strip())
    whole = len(line) <= limit and len(window) == len(text)
    return line if whole else line[: limit - 1] + "…"


def quoted(words: tuple[str, ...] | list[str]) -> str:
    """Return a list of words with their boundaries: `["a b", "c"]`, short and visible."""
    if not words:
        return "no arguments"
    return "[" + ", ".join(f'"{shorten(word)}"' for word in words) + "]"


def lines(text: str, limit: int = 20, width: int = 200) -> str:
    """Return at most `limit` lines of visible text, the first and the last ones of a longer one."""
    rows = [visible(row, keep="\t")[:width] for row in text.splitlines()]
    if len(rows) > limit:
        half = limit // 2
        left_out = f"[... {len(rows) - 2 * half} lines left out ...]"
        rows = [*rows[:half], left_out, *rows[-half:]]
    return "\n".join(rows)


def cell(text: str) -> str:
    """Return `text` as the cell of a CSV file: visible, and never a formula to a spreadsheet.

    A quotation mark goes before what a spreadsheet would calculate, also behind leading space.
    """
    shown = visible(text)
    return f"'{shown}" if _FORMULA.match(unicodedata.normalize("NFKC", shown)) else shown


def clip(text: str, limit: int) -> str:
    """Return visible text, its newlines kept, of at most `limit` characters; a cut is said."""
    seen = visible(text[: limit + 1], keep="\n")
    if len(seen) <= limit:
        return seen
    note = "\n[cut here]"
    return seen[: max(0, limit - len(note))] + note[-limit:] if limit else ""


# As GitHub's runner reads a step's output: `::` first on a line, `##[` anywhere in it.
_COMMAND = re.compile(r"(^|\r)(\s*)::", re.MULTILINE)


def inert(text: str) -> str:
    """Return `text` with a backslash where a line of it would be a workflow command."""
    return _COMMAND.sub(r"\1\2\\::", text).replace("##[", "##\\[")
