"""Finds work that is alike: shared lines count by how few in the class have them.

A five-line Dockerfile that every right solution shares says nothing, a comment that two of two
hundred share says a lot. The surprise of a line that `k` of `n` have is log2((n + 1) / k) bits;
two files are reported when what they share adds up to more than chance gives in a class of `n`.
Candidates come from an index of rare lines, so the work grows with what is shared and not with
the number of pairs.
"""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from grader.class_report.class_summary import Alike, Duplicates, Identical
from grader.class_report.evidence import Evidence, find_evidence, own_words, units
from grader.class_report.fingerprint import FileText, Fingerprint

_SAMPLE = 200  # files of which the common words are learnt
_CANDIDATES, _SHOWN = 5000, 200
_MASK = 0xFFFFFFFF  # collisions of short hashes only make a candidate, the texts decide
_SHARE_OF_OWN = 0.5
_SMALLEST, _FEW = 5, 3.5  # texts to compare with; more than so many lines of only two of them


@dataclass(slots=True)
class _File:
    """One file of the lab, all over the class: which submission has which hashed units."""

    owners: "array[int]" = field(default_factory=lambda: array("I"))
    ends: "array[int]" = field(default_factory=lambda: array("I"))
    hashes: "array[int]" = field(default_factory=lambda: array("I"))
    words: Counter[str] = field(default_factory=Counter)

    def add(self, owner: int, text: FileText) -> None:
        found = {hash(unit) & _MASK for unit in units(text)}
        self.hashes.extend(sorted(found))
        self.ends.append(len(self.hashes))
        self.owners.append(owner)
        if len(self.owners) <= _SAMPLE:
            self.words.update(own_words(text))

    def each(self) -> Iterator[tuple[int, "array[int]"]]:
        begin = 0
        for owner, end in zip(self.owners, self.ends, strict=True):
            yield owner, self.hashes[begin:end]
            begin = end


@dataclass(slots=True)
class Comparison:
    """Takes in fingerprints one by one and keeps of each only hashes; then says what is alike."""

    ids: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    same: dict[str, list[int]] = field(default_factory=dict)
    own: dict[str, int] = field(default_factory=dict)
    files: dict[tuple[str, str], _File] = field(default_factory=lambda: defaultdict(_File))
    compared: int = 0

    def add(self, submission: str, digest: str, fingerprint: Fingerprint | None) -> None:
        """Take in one submission; without a fingerprint only its digest is compared."""
        place = len(self.ids)
        self.ids.append(submission)
        self.digests.append(digest)
        # Submissions that differ in spaces alone are one text, as equal ones are: their lines are
        # not less rare for being handed in twice.
        key = fingerprint.whole if fingerprint else digest
        places = self.same.setdefault(key, [])
        places.append(place)
        if fingerprint is None:
            return
        self.compared += 1
        self.own[key] = fingerprint.own
        if len(places) == 1:
            for text in fingerprint.files:
                self.files[text.lab, text.name].add(place, text)

    def duplicates(self, load: Callable[[int], Fingerprint | None]) -> Duplicates:
        """Return what is the same and what is alike; `load` gives the n-th fingerprint again."""
        found, left_out = [], 0
        copies = {places[0]: len(places) - 1 for places in self.same.values()}
        for (lab, name), file in sorted(self.files.items()):
            alike, more = _alike_in(file, _texts_of(load, lab, name))
            left_out += more
            found += [self._row(lab, name, pair, copies) for pair in alike]
        found.sort(key=lambda a: (-a.bits / a.needed, a.lab, a.file, a.first, a.second))
        return Duplicates(
            compared=self.compared,
            identical=tuple(
                Identical(
                    digest=self.digests[places[0]],
                    submissions=tuple(self.ids[place] for place in places),
                    same_bytes=len({self.digests[place] for place in places}) == 1,
                    own=self.own.get(key),
                )
                for key, places in self.same.items()
                if len(places) > 1
            ),
            alike=tuple(found[:_SHOWN]),
            left_out=left_out + max(0, len(found) - _SHOWN),
        )

    def _row(self, lab: str, name: str, pair: "_Pair", copies: Mapping[int, int]) -> Alike:
        evidence = pair.evidence
        return Alike(
            lab=lab,
            file=name,
            first=self.ids[pair.first],
            second=self.ids[pair.second],
            similarity=evidence.similarity,
            bits=round(evidence.bits, 1),
            needed=round(pair.needed, 1),
            shared=evidence.shared,
            lines=evidence.lines,
            first_same=copies.get(pair.first, 0),
            second_same=copies.get(pair.second, 0),
        )


@dataclass(frozen=True, slots=True)
class _Pair:
    first: int
    second: int
    evidence: Evidence
    needed: float


def needed_bits(count: int) -> float:
    """Return how surprising shared lines must be among `count` files.

    There are about count² / 2 pairs, and each bit halves how often chance does it: with this many
    it would in one of a hundred classes. In a small class no line can be that rare: there, what
    only these two have is enough once it is a few lines. Of fewer than five texts nothing tells
    what is common.
    """
    needed = 2 * math.log2(max(count, 2)) + 6
    few = _FEW * math.log2((count + 1) / 2)
    return needed if count < _SMALLEST else min(needed, few)


def rare_limit(count: int) -> int:
    """Return how many of `count` may have a line that still counts as rare."""
    return min(max(2, count // 4), max(4, count // 20), 40)


def _alike_in(file: _File, text_of: Callable[[int], FileText | None]) -> tuple[list[_Pair], int]:
    """Return the pairs of one file that are alike, and how many candidates were not looked at."""
    count = len(file.owners)
    limit, needed = rare_limit(count), needed_bits(count)
    having = Counter(file.hashes)
    sharers: dict[int, list[int]] = defaultdict(list)
    for owner, hashes in file.each():
        for unit in hashes:
            if 1 < having[unit] <= limit:
                sharers[unit].append(owner)
    scores: Counter[tuple[int, int]] = Counter()
    for unit, owners in sharers.items():
        surprise = int(100 * math.log2((count + 1) / having[unit]))
        for pair in combinations(owners, 2):
            scores[pair] += surprise
    # Half is enough to be looked at: lines that are nearly the same are not in the index.
    likely = [(pair, bits) for pair, bits in scores.items() if bits >= 50 * needed]
    likely.sort(key=lambda item: (-item[1], item[0]))
    common = _common(file.words, min(count, _SAMPLE))

    def have_it(unit: str) -> int:
        return having[hash(unit) & _MASK]

    found = []
    for (first, second), _ in likely[:_CANDIDATES]:
        one, two = text_of(first), text_of(second)
        if one is None or two is None:
            continue
        evidence = find_evidence(one, two, have_it, common, count, limit)
        if evidence.bits >= needed and evidence.share >= _SHARE_OF_OWN:
            found.append(_Pair(first, second, evidence, needed))
    return found, max(0, len(likely) - _CANDIDATES)


def _common(words: Mapping[str, int], sample: int) -> frozenset[str]:
    """Return the words that too many have for them to be anybody's own."""
    return frozenset(word for word, count in words.items() if count > max(2, sample // 5))


def _texts_of(
    load: Callable[[int], Fingerprint | None], lab: str, name: str
) -> Callable[[int], FileText | None]:
    def text_of(place: int) -> FileText | None:
        fingerprint = load(place)
        files: Iterable[FileText] = fingerprint.files if fingerprint else ()
        return next((text for text in files if text.lab == lab and text.name == name), None)

    return text_of
