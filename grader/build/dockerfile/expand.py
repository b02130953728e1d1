"""Variables of a Dockerfile: which values they have, and what a word becomes with them."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from grader.build.dockerfile.lexer import Lexer, LexError

MOST_EXPANDED = 64 * 1024
MOST_IN_STAGE = 2 * MOST_EXPANDED

# Builders set some of these by themselves, others come from the client's proxy settings.
BUILT_IN = frozenset(
    {
        f"{side}{part}"
        for side in ("BUILD", "TARGET")
        for part in ("PLATFORM", "OS", "ARCH", "VARIANT")
    }
    | {"TARGETSTAGE", "SOURCE_DATE_EPOCH", "PATH"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"}
    | {"http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"}
)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_USE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
_UNKNOWN_SIZE = 1000


class CannotExpandError(ValueError):
    """The word's value cannot be told from the file alone; the message says why."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a variable holds: its text, or why that is not known; `size` is never too small."""

    text: str | None
    size: int
    problem: str = ""


Variables = Mapping[str, Value]


class Scope:
    """The variables that one place of a Dockerfile sees; it starts with the global ARGs' scope."""

    def __init__(
        self,
        escape: str,
        *,
        env: Variables | None = None,
        inherited: Variables | None = None,
        base_env: Collection[str] | None = (),
    ) -> None:
        self.env = dict(env or {})
        self.spent = 0
        self._escape = escape
        self._args: dict[str, Value] = {}
        self._in_stage = inherited is not None
        self._inherited = inherited or {}
        self._base_env = base_env

    def stage(self, base_env: Collection[str] | None, parent: "Scope | None") -> "Scope":
        """Return a new stage's scope; `base_env` are the names its base image sets, if known."""
        env = parent.env if parent else None
        scope = Scope(self._escape, env=env, inherited=self._args, base_env=base_env)
        scope.spent = parent.spent if parent else 0
        return scope

    def spend(self, words: Iterable[str]) -> bool:
        """Count the text these words become; False if they, or now all of them, are too much."""
        before = self.spent
        size = sum(map(self.most, words))
        self.spent += size
        return size <= MOST_EXPANDED and not before <= MOST_IN_STAGE < self.spent

    def set_env(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Take in one ENV; its values see what was set before it, not each other."""
        self.env |= {name: self._evaluate(word) for name, word in pairs}

    def set_args(self, words: Collection[str]) -> None:
        """Take in one ARG, each word with its default or without."""
        alone = len(words) == 1
        found: dict[str, Value] = {}
        for word in words:
            name, equals, default = word.partition("=")
            if not equals:
                found |= self._without_default(name)
            elif "$" in default and not alone:
                found[name] = Value(
                    None,
                    self.most(default),
                    f"{name} is set with a variable in an ARG line that sets several",
                )
            else:
                found[name] = self._evaluate(default)
        self._args |= found

    def expand(self, word: str, *, trust_args: bool = False) -> str:
        """Return `word` with quotes removed and variables replaced, or raise CannotExpandError.

        With `trust_args` no base image is taken to set a variable that ARG sets here.
        """
        if self.most(word) > MOST_EXPANDED:
            raise CannotExpandError("its variables make it longer than 64 KiB")
        lookup = partial(self._lookup, trust_args=trust_args)
        try:
            return Lexer(word, escape=self._escape, lookup=lookup).value()
        except LexError as error:
            raise CannotExpandError(str(error)) from None

    def most(self, word: str) -> int:
        """Return a length that `word` cannot exceed once its variables are replaced."""
        return len(word) + sum(self._size(name) for name in _USE.findall(word))

    def _size(self, name: str) -> int:
        sizes = [each[name].size for each in (self.env, self._args) if name in each]
        if name not in self.env and self._may_be_set_elsewhere(name):
            sizes.append(_UNKNOWN_SIZE)
        return max(sizes, default=0)

    def _evaluate(self, word: str) -> Value:
        try:
            text = self.expand(word)
        except CannotExpandError as error:
            return Value(None, min(self.most(word), MOST_EXPANDED + 1), str(error))
        return Value(text, len(text))

    def _without_default(self, name: str) -> dict[str, Value]:
        if name in self._args:
            return {name: Value(None, _UNKNOWN_SIZE, f"{name} is declared twice")}
        return {name: self._inherited[name]} if name in self._inherited else {}

    def _may_be_set_elsewhere(self, name: str) -> bool:
        return name in BUILT_IN or self._base_env is None or name in self._base_env

    def _lookup(self, name: str, *, trust_args: bool) -> str | None:
        if not _NAME.fullmatch(name):
            raise CannotExpandError(f"${name} is no variable that a file can set")
        value = self.env.get(name) or self._args.get(name)
        certain = trust_args or name in self.env
        if value is not None and not certain and self._may_be_set_elsewhere(name):
            raise CannotExpandError(
                f"Docker or the base image may set {name} too, and that counts more than ARG"
            )
        if value is None and (self._in_stage or self._may_be_set_elsewhere(name)):
            raise CannotExpandError(f"the variable {name} is not set in this file")
        if value is None:
            return None
        if value.text is None:
            raise CannotExpandError(value.problem)
        return value.text
