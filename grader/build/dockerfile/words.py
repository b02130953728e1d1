"""Splits the text after an instruction's name: flags, words, pairs, JSON lists."""

import json
import re
from typing import NoReturn

from grader.build.dockerfile.characters import REGEX_SPACES, SPACES, split_blanks

# The Go parser reads flags byte by byte, so these two bytes end a word even inside a letter.
_BYTE_SPACES = "\t\n\v\f\r \x85\xa0"
_PAIR = 2
_HALF_PAIR = re.compile(r"[\ud800-\udfff]")


class ArgumentError(ValueError):
    """The arguments cannot be read; the message is written for a student."""


class _NotJsonError(ValueError):
    """What looked like a JSON list is not valid JSON."""


def split_flags(text: str) -> tuple[tuple[str, ...], str]:
    """Return the leading `--flags` of `text`, unquoted, and what follows them."""
    data = text.encode().decode("latin-1")
    flags: list[str] = []
    at = 0
    while True:
        while at < len(data) and data[at] in _BYTE_SPACES:
            at += 1
        if not data.startswith("--", at):
            break
        word, at = _flag(data, at)
        if word == "--":
            break
        if word:
            flags.append(word)
    rest = data[at:].encode("latin-1").decode("utf-8", errors="replace")
    return tuple(flags), rest.strip(SPACES)


def _flag(data: str, at: int) -> tuple[str, int]:
    word: list[str] = []
    quote = ""
    while at < len(data):
        char = data[at]
        if not quote and char in _BYTE_SPACES:
            break
        at += 1
        if char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        elif char == "\\":
            word.append(data[at : at + 1])
            at += 1
        else:
            word.append(char)
    return "".join(word), at


def split_words(text: str, escape: str) -> list[str]:
    """Return the blank-separated words of `text`; quotes and escapes stay in them."""
    words: list[str] = []
    word: list[str] = []
    quote = ""
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if not quote and char in SPACES:
            if word:
                words.append("".join(word))
            word = []
            continue
        if char == escape and quote != "'":
            if at == len(text):
                break
            char += text[at]
            at += 1
        elif char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        word.append(char)
    return [*words, "".join(word)] if word else words


def split_pairs(name: str, text: str, escape: str) -> tuple[str, ...]:
    """Return key, value, key, value... of an ENV or LABEL, both ways of writing them."""
    words = split_words(text, escape)
    if not words:
        return ()
    if "=" not in words[0]:
        pair = split_blanks(text, 1)
        if len(pair) < _PAIR:
            raise ArgumentError(
                f"{name} has a name but no value; write {name} NAME=value",
            )
        return tuple(pair)
    pairs: list[str] = []
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise ArgumentError(
                f"{name} has a word without '='; write NAME=value for each one, "
                "and put quotes around a value with spaces"
            )
        pairs += (key, value)
    return tuple(pairs)


def _number(digits: str) -> float:
    value = float(digits)
    if value in {float("inf"), float("-inf")}:
        # Valid JSON, but Go refuses a number that no float64 can hold.
        raise _NotJsonError
    return value


def _no_constant(word: str) -> NoReturn:
    raise _NotJsonError(word)


_DECODER = json.JSONDecoder(parse_int=_number, parse_float=_number, parse_constant=_no_constant)


def json_list(text: str) -> tuple[str, ...] | None:
    """Return the strings of a JSON list, or None where Docker falls back to shell form."""
    text = text.lstrip(SPACES)
    if not text.startswith("["):
        return None
    try:
        # What follows the list does not count, as in the Go decoder of Docker 20.10.
        items, _ = _DECODER.raw_decode(text)
    except (json.JSONDecodeError, _NotJsonError):
        return None
    except RecursionError:
        items = [None]
    if not all(isinstance(item, str) for item in items):
        raise ArgumentError(
            "the list in [...] holds something else than strings; put every item in double quotes"
        )
    # Go has no half of a surrogate pair, it stores the replacement character.
    return tuple(_HALF_PAIR.sub("\N{REPLACEMENT CHARACTER}", item) for item in items)


def split_health(text: str) -> tuple[str, str]:
    """Return the word after HEALTHCHECK and what follows it."""
    data = text.encode().decode("latin-1")
    end = next((i for i, char in enumerate(data) if char in _BYTE_SPACES), len(data))
    parts = (data[:end], data[end:].lstrip(_BYTE_SPACES))
    kind, rest = (part.encode("latin-1").decode("utf-8", errors="replace") for part in parts)
    return kind, rest


def split_directive(line: str) -> tuple[str, str] | None:
    """Return name (lower case) and value of `# name=value`, None if the line is anything else."""
    if not line.startswith("#"):
        return None
    name, equals, value = line[1:].partition("=")
    name = name.strip(REGEX_SPACES)
    if not equals or not value or not name.isascii() or not name.isalnum() or name[0].isdigit():
        return None
    return name.lower(), value.strip(REGEX_SPACES) or value[-1]
