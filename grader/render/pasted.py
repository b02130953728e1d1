"""Shell commands as a terminal shows them: broken only where they can be pasted and still run."""

from collections.abc import Iterator

from grader.core.text import visible

_DEEPER = "  "


def pasteable(command: str, width: int) -> tuple[str, ...]:
    r"""Return the lines of a command, each of them but the last ending in ` \`.

    Lines are `width` wide where that can be: only what stands between two words is broken, never
    a word and nothing in quotes. A command with a comment, or with a quote that does not end, is
    one line: there a backslash would not continue it.
    """
    words = _words(visible(command))
    if words is None:
        return (visible(command),)
    lines: list[str] = []
    line = ""
    for word in words:
        if line and len(line) + 1 + len(word) > width - len(" \\"):
            lines.append(line)
            line = _DEEPER + word
        else:
            line = f"{line} {word}" if line else word
    return (*(f"{one} \\" for one in lines), line)


def _words(command: str) -> list[str] | None:
    """Return what stands between blanks that are outside of quotes; None where none is safe."""
    words: list[str] = []
    word = ""
    state = ""
    for char, escaped in _characters(command):
        if escaped:
            word += char
        elif state:
            state = "" if char == state else state
            word += char
        elif char in "'\"`":
            state = char
            word += char
        elif char == "#" and not word:
            return None
        elif char.isspace():
            words += [word] if word else []
            word = ""
        else:
            word += char
    if state or command.endswith("\\") or "<<" in command:
        return None
    return [*words, word] if word else words


def _characters(command: str) -> Iterator[tuple[str, bool]]:
    """Yield each character, and whether a backslash before it takes its meaning.

    The backslash itself comes as such a character, too. Between single quotes it means nothing.
    """
    single = double = False
    before = False
    for char in command:
        if before:
            yield char, True
            before = False
            continue
        if char == "\\" and not single:
            before = True
            yield char, True
            continue
        if char == "'" and not double:
            single = not single
        elif char == '"' and not single:
            double = not double
        yield char, False
