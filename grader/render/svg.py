"""The few SVG shapes the pictures are made of: every text goes through an XML serializer."""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Self
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

from grader.core.text import shorten, visible

# About a phone's: pictures are drawn there at their own size, on a desk two stand side by side.
WIDTH = 380.0
MONO = 6.9  # advance of one narrow character of `code` text
TEXT = 7.0  # mean advance of one character of other text, in a wide font
_BAR_WIDTH, _BAR_HEIGHT = 400.0, 10.0
_TITLE_LIMIT = 2000  # characters of a full text that is shown on hovering


def width(text: str) -> float:
    """Return how wide `text` is as `code`, in SVG units: a wide character takes two cells."""
    return MONO * sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def fit(text: str, space: float) -> str:
    """Return as much of `text` on one visible line as fits into `space` units, cut with an «…»."""
    line = visible(text[:_TITLE_LIMIT])
    cells = int(space / MONO)
    ends = list(accumulate(map(_cells, line)))
    if not ends or ends[-1] <= cells:
        return line
    return line[: bisect_right(ends, cells - 1)] + "…" if cells > 0 else ""


def full(text: str) -> str:
    """Return a text for a title element: visible, and of limited length."""
    return shorten(text[: 2 * _TITLE_LIMIT], _TITLE_LIMIT)


@dataclass(frozen=True, slots=True)
class Shapes:
    """A `g` element, or the drawing itself: shapes are added to it in order of painting."""

    element: Element

    def group(self, title: str = "") -> "Shapes":
        """Add a group and return it; `title` is shown when a pointer rests on it."""
        inner = SubElement(self.element, "g")
        if title:
            SubElement(inner, "title").text = full(title)
        return Shapes(inner)

    def rect(self, style: str, box: tuple[float, float, float, float], radius: float = 0) -> Self:
        """Add a rectangle; `box` is x, y, width, height."""
        names = ("x", "y", "width", "height")
        values = {name: _number(value) for name, value in zip(names, box, strict=True)}
        if radius:
            values["rx"] = _number(radius)
        SubElement(self.element, "rect", {"class": style, **values})
        return self

    def path(self, style: str, steps: Iterable[str | float]) -> Self:
        """Add a path of commands and numbers."""
        data = " ".join(step if isinstance(step, str) else _number(step) for step in steps)
        SubElement(self.element, "path", {"class": style, "d": data})
        return self

    def circle(self, style: str, x: float, y: float, radius: float) -> Self:
        """Add a circle."""
        values = {"cx": _number(x), "cy": _number(y), "r": _number(radius)}
        SubElement(self.element, "circle", {"class": style, **values})
        return self

    def text(
        self, style: str, x: float, y: float, *runs: tuple[str, str], anchor: str = ""
    ) -> Self:
        """Add a line of text in runs of (style, text)."""
        values = {"class": style, "x": _number(x), "y": _number(y)}
        if anchor:
            values["text-anchor"] = anchor
        line = SubElement(self.element, "text", values)
        for run_style, words in runs:
            if run_style:
                SubElement(line, "tspan", {"class": run_style}).text = visible(words)
            else:
                _append(line, visible(words))
        return self

    def code(self, x: float, y: float, words: str) -> Self:
        """Add monospaced text that takes exactly `width(words)`, whatever the font."""
        values = {
            "class": "code",
            "x": _number(x),
            "y": _number(y),
            "textLength": _number(width(words)),
            "lengthAdjust": "spacingAndGlyphs",
        }
        SubElement(self.element, "text", values).text = visible(words)
        return self


def drawing(key: str, title: str, description: str = "") -> Shapes:
    """Return an empty drawing with its text alternative; `key` makes its ids unique."""
    labels = {"aria-labelledby": f"{key}-title"}
    if description:
        labels["aria-describedby"] = f"{key}-desc"
    root = Element("svg", {"role": "img", **labels})
    SubElement(root, "title", {"id": f"{key}-title"}).text = full(title)
    if description:
        SubElement(root, "desc", {"id": f"{key}-desc"}).text = full(description)
    return Shapes(root)


def finish(picture: Shapes, size: tuple[float, float], style: str) -> Markup:
    """Return the drawing as markup, `size` its width and height."""
    picture.element.set("class", style)
    picture.element.set("viewBox", f"0 0 {_number(size[0])} {_number(size[1])}")
    # Made by an XML serializer from visible() text: there is nothing in it to escape again.
    return Markup(tostring(picture.element, encoding="unicode"))  # noqa: S704


def _append(line: Element, words: str) -> None:
    if len(line):
        line[-1].tail = (line[-1].tail or "") + words
    else:
        line.text = (line.text or "") + words


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def score_bar(score: int, max_score: int, key: str) -> Markup:
    """Return the bar of a score."""
    picture = drawing(key, f"{score} of {max_score} points")
    share = min(1.0, max(0.0, score / max_score)) if max_score else 0.0
    picture.rect("bar-all", (0, 0, _BAR_WIDTH, _BAR_HEIGHT), _BAR_HEIGHT / 2)
    if share:
        filled = max(_BAR_HEIGHT, _BAR_WIDTH * share)
        picture.rect("bar-got", (0, 0, filled, _BAR_HEIGHT), _BAR_HEIGHT / 2)
    return finish(picture, (_BAR_WIDTH, _BAR_HEIGHT), "bar")
