"""Reads apt's lists of repositories as apt does: one-line files (.list) and stanzas (.sources)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# What apt takes for yes.
_YES = frozenset({"yes", "true", "with", "on", "enable", "1"})
_OPTIONS = re.compile(r"^(deb|deb-src)\s+(?:\[([^\]]*)\]\s*)?(.*)$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One repository in a list: `path` is the list's file, the rest is as written there.

    `trusted` is the option that makes apt take packages without a signature, empty if none does.
    """

    path: str
    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    archs: tuple[str, ...]
    signed_by: str
    trusted: str

    @property
    def key_inside(self) -> bool:
        """Return whether the key itself stands in the entry, in place of a file's name."""
        return self.signed_by.startswith("-----BEGIN PGP")

    @property
    def host(self) -> str:
        """Return the name of the host that the packages come from, in lower case."""
        return self.uri.partition("://")[2].partition("/")[0].lower()


def entries(sources: Mapping[str, str]) -> tuple[Entry, ...]:
    """Return the entries for binary packages; `sources` are the lists' texts by path.

    Files with other endings than .list and .sources are left out, as apt leaves them out.
    """
    found: list[Entry] = []
    for path, text in sorted(sources.items()):
        if path.endswith(".sources"):
            found += _stanzas(path, text)
        elif path.endswith(".list"):
            found += _lines(path, text)
    return tuple(found)


def _lines(path: str, text: str) -> Iterator[Entry]:
    for line in text.splitlines():
        match = _OPTIONS.match(line.partition("#")[0].strip())
        if not match or match[1] != "deb":
            continue
        options = dict(_option(word) for word in (match[2] or "").split())
        uri, suite, *components = [*match[3].split(), "", ""][: max(2, len(match[3].split()))]
        yield Entry(
            path=path,
            uri=uri,
            suites=(suite,) if suite else (),
            components=tuple(components),
            archs=tuple(word for word in options.get("arch", "").split(",") if word),
            signed_by=options.get("signed-by", ""),
            trusted=_trusted(options),
        )


def _trusted(options: Mapping[str, str]) -> str:
    """Return the option, as key=value, that switches signatures off; empty if none does."""
    keys = ("trusted", "allow-insecure")
    return next((f"{k}={options[k]}" for k in keys if options.get(k, "").lower() in _YES), "")


def _option(word: str) -> tuple[str, str]:
    key, _, value = word.partition("=")
    return key.lower().rstrip("+-"), value


def _stanzas(path: str, text: str) -> Iterator[Entry]:
    for block in re.split(r"\n\s*\n", text.replace("\r", "")):
        fields = _fields(block)
        if (
            "deb" not in fields.get("types", "").split()
            or fields.get("enabled", "yes").lower() not in _YES
        ):
            continue
        for uri in fields.get("uris", "").split():
            yield Entry(
                path=path,
                uri=uri,
                suites=tuple(fields.get("suites", "").split()),
                components=tuple(fields.get("components", "").split()),
                archs=tuple(fields.get("architectures", "").split()),
                signed_by=fields.get("signed-by", "").strip(),
                trusted=_trusted(fields),
            )


def _fields(block: str) -> dict[str, str]:
    """Return a stanza's fields; a line that begins with a space goes on with the one above."""
    fields: dict[str, str] = {}
    last = ""
    for line in block.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace() and last:
            fields[last] += " " + line.strip()
        elif ":" in line:
            key, _, value = line.partition(":")
            last = key.strip().lower()
            fields[last] = value.strip()
    return fields
