"""Counts texts that several submissions share, without keeping more than is shown."""

from dataclasses import dataclass, field

from grader.class_report.class_summary import SharedText

_REST = "other reasons, too many different ones to list"
_ROOM = 4


@dataclass(slots=True)
class _Sharers:
    count: int = 0
    submissions: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Groups:
    """Texts by lab and check, each with who has it.

    Of one check about `each` different texts are kept: the rarest of more are counted together.
    At most `examples` ids are kept for one text. None keeps all.
    """

    examples: int | None = None
    each: int | None = None
    found: dict[tuple[str, str], dict[str, _Sharers]] = field(default_factory=dict)

    def add(self, lab: str, check: str, text: str, submission: str) -> None:
        """Count one submission's text."""
        texts = self.found.setdefault((lab, check), {})
        sharers = texts.setdefault(text, _Sharers())
        sharers.count += 1
        if self.examples is None or len(sharers.submissions) < self.examples:
            sharers.submissions.append(submission)
        if self.each is not None and len(texts) > _ROOM * self.each:
            self._merge(texts)

    def _merge(self, texts: dict[str, _Sharers]) -> None:
        """Count texts together that are the rarest, until `each` are left."""
        rare = sorted(texts, key=lambda text: texts[text].count)[: len(texts) - (self.each or 0)]
        rest = texts.setdefault(_REST, _Sharers())
        for text in rare:
            if text != _REST:
                gone = texts.pop(text)
                rest.count += gone.count
                rest.submissions += gone.submissions
        del rest.submissions[self.examples :]

    def ordered(self) -> tuple[SharedText, ...]:
        """Return all groups, the most frequent first; equal ones by lab, check and text."""
        groups = [
            SharedText(
                lab=lab,
                check=check,
                text=text,
                count=sharers.count,
                submissions=tuple(sharers.submissions),
            )
            for (lab, check), texts in self.found.items()
            for text, sharers in texts.items()
        ]
        return tuple(
            sorted(groups, key=lambda g: (g.text == _REST, -g.count, g.lab, g.check, g.text))
        )
