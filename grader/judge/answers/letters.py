"""Answers that name options by their letters: one, a set, or all in order."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from grader.judge.answers.wording import bare, phrase, settled

_OPENING = re.compile(
    r"(?:(?:my |the )?(?:final |right |correct )?(?:answers?|options?|choices?|letters?)"
    r"(?: (?:is|are))?|it is|it's|i (?:choose|pick|think|say)|it(?:'s| is)? )\s*[:=]?\s*"
)
_JOIN = re.compile(
    r"\s*(?:[,;/&+|>\n]|->|=>|\u2192|\band\b|\bor\b|\bthen\b|\bfirst\b|\bnext\b|\blast\b|\blastly\b"
    r"|\bfinally\b|\bbefore\b|\bboth\b)\s*"
)
# Between two letters with their signs, each with a reason behind it: `a: it ..., b: it ...`.
_SIGNED = re.compile(r"\s*[;,.](?:\s*and)?\s+(?=\(?[a-z][).:]\s)")
# Letters one behind the other, and what begins the reason that stands behind them.
_LETTERS = re.compile(
    r"\(?[a-z]\)?(?:(?:\s*(?:[,;/&>|]|->|=>|\u2192)\s*(?:and |then )?|\s+(?:and |then )?)"
    r"\(?[a-z]\)?(?![\w'])){1,11}"
)
_REASON = re.compile(
    r"\s*(?:[(:]|\.\s)|\s+-+\s|[,;]?\s+(?:because|since|as|so|for|which|that|while|when)\b"
)
# A letter in a reason: of an option that is spoken of, or of one that is offered as well.
_LETTER = re.compile(r"(?<![\w'/.-])([a-z])(?![\w'/-])")
_SPOKEN_OF = re.compile(
    r"\s+(?:would|is|are|was|were|has|have|does|do|means|starts|can|cannot|needs|and [a-z] are)\b"
)
_WORD = re.compile(r"\s*(?:$|[).,;:?!/]|(?:or|and)\b)")
_EXCUSED = re.compile(r"\b(?:because|since|as|so|not|than|unlike|instead of|except)\b|n't\b")
_COUNT = re.compile(r"^(?:\d{1,2}[.):]|[-+\u2022])\s+")


def read_letters(text: str, options: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the letters that a text names, in its order; None if it is not made of them.

    An option counts by its letter (`b`, `B)`, `(b)`, `option b`), by its text, or by both. What
    stands behind a letter and its sign, such as a reason, is left alone.
    """
    plain = _opened(_without_texts(settled(bare(text)), options))
    by_text = {phrase(words): letter for letter, words in options.items()}
    whole = phrase(text)
    if whole in by_text:
        return (by_text[whole],)
    plain = _by_letters(plain, options)
    lines = [_opened(_COUNT.sub("", line)) for line in plain.split("\n")]
    if len(lines) > 1:
        return _by_lines(lines, options, by_text)
    return _in_line(lines[0], options, by_text) if lines else None


def _without_texts(plain: str, options: Mapping[str, str]) -> str:
    """Return the letters alone where each has its option's own text behind it: `a (the shell)`."""
    for letter, words in options.items():
        own = re.escape(bare(words).replace("\n", " ").rstrip("."))
        plain = re.sub(
            rf"(?<![\w'])\(?{letter}(?:[).:]\s*|\s*[-=]+\s*|\s+(?=\())[('\"]*{own}[)'\"]*(?!\w)",
            letter,
            plain,
        )
    return plain


def _by_letters(plain: str, options: Mapping[str, str]) -> str:
    """Return the text with each option's own words, if several of them stand there, as its letter.

    Whole texts come first: what they hold (`and`, `>`, `first`) parts no answers.
    """
    longest = sorted(options.items(), key=lambda entry: -len(entry[1]))
    found, count = plain, 0
    for letter, words in longest:
        own = bare(words).replace("\n", " ").rstrip(".")
        if " " in own:
            edged = rf"(?<![\w'])['\"]*{re.escape(own)}['\"]*(?![\w'])"
            found, times = re.subn(edged, letter, found)
            count += bool(times)
    return found if count > 1 else plain


def _opened(text: str) -> str:
    found = _OPENING.match(text)
    return text[found.end() :] if found else text


def _by_lines(
    lines: list[str], options: Mapping[str, str], by_text: Mapping[str, str]
) -> tuple[str, ...] | None:
    named: list[str] = []
    for number, line in enumerate(lines):
        found = _in_line(line, options, by_text)
        if found is None:
            # A reason may stand below the letters, but nothing before them.
            if number == 0:
                return None
            continue
        named += found
    return tuple(named)


def _in_line(
    line: str, options: Mapping[str, str], by_text: Mapping[str, str]
) -> tuple[str, ...] | None:
    if line.strip(" .") and phrase(line) in by_text:
        return (by_text[phrase(line)],)
    pieces = [piece for piece in _JOIN.split(line.strip(" .{}[]")) if piece.strip()]
    letters = [_lettered(piece, options, by_text) for piece in pieces]
    if letters and all(letters):
        return tuple(letter for letter in letters if letter)
    signed = [re.match(r"\s*\(?([a-z])[).:]\s", piece) for piece in _SIGNED.split(line)]
    if len(signed) > 1 and all(match and match[1] in options for match in signed):
        return tuple(match[1] for match in signed if match)
    tight = re.sub(r"[\s.-]+", "", line)
    if (
        1 < len(tight) <= len(options)
        and set(tight) <= options.keys()
        and len(set(tight)) == len(tight)
    ):
        return tuple(tight)
    if (found := _before_a_reason(line, options)) is not None:
        return found
    # A letter with its sign, and a reason behind it that names no other letter the same way.
    start = re.match(r"\(?([a-z])(?:[).:]|\s*[-,;(]|\s+(?:because|since|as|so)\b)\s*(.*)", line)
    if start and start[1] in options:
        others = re.findall(r"(?<![\w'])\(?([a-z])\)", start[2])
        behind = re.match(r"([a-z])(?:$|[\s]*[,;/).])", start[2])
        if behind and behind[1] in options:
            return None
        told = by_text.get(phrase(start[2]))
        if (told and told != start[1]) or any(o in options and o != start[1] for o in others):
            return None
        if not told and _offers(start[2], options.keys() - {start[1]}):
            return None
        return (start[1],)
    return None


def _before_a_reason(line: str, options: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the letters at the start of a line that goes on with a reason: `d, e (and below)`."""
    found = _LETTERS.match(line) or re.match(r"[a-z]{2,12}\b", line)
    if found is None or not _REASON.match(line, found.end()):
        return None
    tight = found[0].isalpha() and len(set(found[0])) == len(found[0])
    parts = found[0] if tight else found[0].replace("/", ",").replace("-", " ")
    letters = tuple(parts) if tight else tuple(_LETTER.findall(parts))
    if not letters or not options.keys() >= set(letters):
        return None
    return None if _offers(line[found.end() :], options.keys() - set(letters)) else letters


def _offers(reason: str, others: AbstractSet[str]) -> bool:
    """Return whether a reason names another option as an answer, too, and not to dismiss it."""
    for match in _LETTER.finditer(reason):
        letter, rest = match[1], reason[match.end() :]
        spoken_of = _SPOKEN_OF.match(rest) or _EXCUSED.search(reason[: match.start()])
        word = letter in {"a", "i"} and not _WORD.match(rest)  # the article, and who writes
        if letter in others and not spoken_of and not word:
            return True
    return False


def _lettered(piece: str, options: Mapping[str, str], by_text: Mapping[str, str]) -> str | None:
    """Return the option that a piece between two commas names, by letter, by text or by both."""
    piece = _opened(piece).strip()
    alone = re.fullmatch(r"[(\['\"]?([a-z])[)\]'\".:]*", piece)
    if alone and alone[1] in options:
        return alone[1]
    both = re.match(r"\(?([a-z])(?:[).:]|\s*[-=])\s*(.+)", piece)
    if both and both[1] in options and by_text.get(phrase(both[2])) == both[1]:
        return both[1]
    return by_text.get(phrase(piece))
