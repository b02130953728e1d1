"""Turns the lines of a file into the logical lines that Docker sees."""

import re
from dataclasses import dataclass

from grader.build.dockerfile.characters import SPACES, shown
from grader.build.dockerfile.lexer import Lexer, LexError, TooDeepError
from grader.build.dockerfile.parsed import DockerfileSyntaxError

_HEREDOC = re.compile(r"(\d*)<<(-?)([^<]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Heredoc:
    delimiter: str
    strip_tabs: bool


class LineReader:
    """Joins physical lines to logical ones and takes heredoc bodies out of the way."""

    def __init__(self, lines: list[str], escape: str) -> None:
        self._lines = lines
        self._escape = escape
        self.line = 0

    def logical_line(self) -> tuple[int, str] | None:
        """Return the next line with its continuations and the number it starts at."""
        while self.line < len(self._lines):
            text = self._take().rstrip("\r").lstrip(SPACES)
            if text and not text.startswith("#"):
                return self.line, self._joined(text)
        return None

    def _take(self) -> str:
        self.line += 1
        return self._lines[self.line - 1]

    def _joined(self, text: str) -> str:
        pieces: list[str] = []
        head = self._without_continuation(text)
        while head is not None:
            pieces.append(head)
            text = self._continuation()
            head = self._without_continuation(text)
        return "".join([*pieces, text])

    def _continuation(self) -> str:
        while self.line < len(self._lines):
            text = self._take().rstrip("\r")
            content = text.lstrip(SPACES)
            if content and not content.startswith("#"):
                return text
        return ""

    def _without_continuation(self, text: str) -> str | None:
        text = text.rstrip(" \t")
        if not text.endswith(self._escape) or text.endswith(self._escape * 2):
            return None
        return text[:-1]

    def heredocs(self, text: str, line: int) -> tuple[str, ...]:
        """Return the bodies that `text`, the logical line just read, announces."""
        bodies: list[str] = []
        for heredoc in _announced(text, line):
            body = self._heredoc(heredoc)
            if body is None:
                word = shown(heredoc.delimiter)
                raise DockerfileSyntaxError(
                    line,
                    f'"<<{word}" starts a text that no line with only {word} ends; '
                    "use && and \\ to write a long command instead",
                )
            bodies.append(body)
        return tuple(bodies)

    def _heredoc(self, heredoc: _Heredoc) -> str | None:
        body: list[str] = []
        while self.line < len(self._lines):
            line = self._take()
            end = line.rstrip("\r")
            if heredoc.strip_tabs:
                end = end.lstrip("\t")
            if end == heredoc.delimiter:
                return "".join(body)
            body.append(line + "\n")
        return None


def _announced(text: str, line: int) -> list[_Heredoc]:
    if "<<" not in text:
        return []
    try:
        words = Lexer(text, escape="\\", raw=True).words()
    except TooDeepError as error:
        raise DockerfileSyntaxError(line, f"{error}; write it more simply") from None
    except LexError:
        # Docker, too, sees no heredoc in a line whose quotes do not match.
        return []
    try:
        return [doc for word in words if (doc := _heredoc_word(word)) is not None]
    except LexError as error:
        raise DockerfileSyntaxError(
            line, f"the word after << is not complete: {error}; leave << out"
        ) from None


def _heredoc_word(word: str) -> _Heredoc | None:
    match = _HEREDOC.fullmatch(word)
    if match is None or not match[3]:
        return None
    names = Lexer(match[3], escape="\\").words()
    return _Heredoc(names[0], match[2] == "-") if len(names) == 1 else None
