"""Quotes, escapes and variables in a word, read the way Docker reads them."""

from collections.abc import Callable

from grader.build.dockerfile.characters import BYTE_ORDER_MARK, SPACES

Lookup = Callable[[str], str | None]

_SPECIAL = frozenset("@*#?-$!0")
_MODIFIERS = frozenset("+-?#%")
_DEEPEST = 50


class LexError(ValueError):
    """The word has no value; the message says why in a student's words."""


class TooDeepError(LexError):
    """`${...}` inside `${...}` goes on for longer than anybody needs."""


class Lexer:
    """Reads one text once; without `lookup` variables stay as they are written."""

    def __init__(
        self, text: str, *, escape: str, lookup: Lookup | None = None, raw: bool = False
    ) -> None:
        # Go's scanner drops one byte order mark, so `\ufeffhttp://` is a URL to the daemon.
        self._text = text.removeprefix(BYTE_ORDER_MARK)
        self._at = 0
        self._escape = escape
        self._lookup = lookup
        self._raw_quotes = raw
        self._raw_escapes = raw
        self._depth = 0

    def value(self) -> str:
        """Return the text with quotes removed and variables replaced."""
        return "".join(piece for piece, _ in self._pieces(None))

    def words(self) -> list[str]:
        """Return the text cut at blanks that are not quoted."""
        words: list[str] = []
        word: list[str] = []
        for piece, solid in self._pieces(None):
            for char in (piece,) if solid else piece:
                if solid or char not in SPACES:
                    word.append(char)
                elif any(word):
                    words.append("".join(word))
                    word = []
        if any(word):
            words.append("".join(word))
        return words

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next(self) -> str:
        char = self._peek()
        self._at += 1
        return char

    def _pieces(self, stop: str | None) -> list[tuple[str, bool]]:
        pieces: list[tuple[str, bool]] = []
        while (char := self._peek()) != "":
            if char == stop:
                self._at += 1
                return pieces
            if char == "$":
                pieces.append((self._dollar(), False))
            elif char == "'":
                pieces.append((self._single_quoted(), True))
            elif char == '"':
                pieces.append((self._double_quoted(), True))
            elif char == self._escape:
                pieces.append((self._escaped(), True))
            else:
                pieces.append((self._next(), False))
        if stop is not None:
            raise LexError(f"a {stop} is missing")
        return pieces

    def _until(self, stop: str, *, raw_escapes: bool) -> str:
        outer, self._raw_escapes = self._raw_escapes, raw_escapes
        text = "".join(piece for piece, _ in self._pieces(stop))
        self._raw_escapes = outer
        return text

    def _escaped(self) -> str:
        char = self._next()
        following = self._next()
        return (char if self._raw_escapes else "") + following

    def _single_quoted(self) -> str:
        end = self._text.find("'", self._at + 1)
        if end < 0:
            raise LexError("a closing ' is missing")
        inner = self._text[self._at + 1 : end]
        self._at = end + 1
        return f"'{inner}'" if self._raw_quotes else inner

    def _double_quoted(self) -> str:
        self._at += 1
        quote = '"' if self._raw_quotes else ""
        pieces = [quote]
        while (char := self._peek()) != '"':
            if char == "":
                raise LexError('a closing " is missing')
            if char == "$":
                pieces.append(self._dollar())
                continue
            self._at += 1
            if char == self._escape:
                pieces.append(char if self._raw_escapes else "")
                if self._peek() in {'"', "$", self._escape}:
                    char = self._next()
            pieces.append(char)
        self._at += 1
        return "".join([*pieces, quote])

    def _dollar(self) -> str:
        self._at += 1
        if self._peek() != "{":
            name = self._name()
            return self._get(name, "$" + name) or "" if name else "$"
        self._at += 1
        if self._peek() in {"", "{", "}", ":"}:
            raise LexError("the text after ${ is no variable name")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise TooDeepError(f"more than {_DEEPEST} ${{...}} stand inside each other")
        value = self._braces(self._name())
        self._depth -= 1
        return value

    def _braces(self, name: str) -> str:
        mark = self._next()
        if mark == "}":
            return self._get(name, f"${{{name}}}") or ""
        if mark == "/":
            return self._replacement(name)
        empty_is_unset = mark == ":"
        if empty_is_unset:
            mark = self._next()
        elif mark == "":
            raise LexError("a } is missing")
        elif mark not in _MODIFIERS:
            raise LexError(f"${{{name}{mark}...}} is not a form of ${{...}} that Docker knows")
        word = self._until("}", raw_escapes=mark in {"#", "%"})
        if self._lookup is None:
            return f"${{{name}{':' if empty_is_unset else ''}{mark}{word}}}"
        return _modified(name, mark, self._lookup(name), word, empty_is_unset=empty_is_unset)

    def _replacement(self, name: str) -> str:
        double = "/" if self._peek() == "/" else ""
        self._at += len(double)
        pattern = self._until("/", raw_escapes=True)
        text = self._until("}", raw_escapes=True)
        if self._lookup is None:
            return f"${{{name}/{double}{pattern}/{text}}}"
        raise LexError(f"${{{name}/...}} is not known to every Docker version")

    def _get(self, name: str, written: str) -> str | None:
        return written if self._lookup is None else self._lookup(name)

    def _name(self) -> str:
        start = self._at
        if self._peek().isdecimal():
            while self._peek().isdecimal():
                self._at += 1
        elif self._peek() in _SPECIAL:
            self._at += 1
        else:
            while (char := self._peek()) and (char.isalpha() or char.isdecimal() or char == "_"):
                self._at += 1
        return self._text[start : self._at]


def _modified(name: str, mark: str, value: str | None, word: str, *, empty_is_unset: bool) -> str:
    unset = value is None or (empty_is_unset and value == "")
    if mark == "-":
        return word if unset else value or ""
    if mark == "+":
        return "" if unset else word
    if mark == "?" and not unset:
        return value or ""
    if mark == "?":
        raise LexError(f"{name} has no value")
    raise LexError(f"${{{name}...{mark}...}} is not known to every Docker version")
