"""Image references: one spelling for each image, as Docker itself spells it."""

import re

_DEFAULT_DOMAIN = "docker.io"
_OLD_DEFAULT_DOMAIN = "index.docker.io"
_LONGEST_NAME = 255

_ID = re.compile(r"[a-f0-9]{64}")
_DOMAIN_PART = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_DOMAIN_PART}(?:\.{_DOMAIN_PART})*|\[[A-Fa-f0-9:]+\])(?::[0-9]+)?")
_PATH_PART = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")


def normalize(ref: str) -> str:
    """Return `ref` with domain, `library/` and tag filled in; ValueError if it is no reference."""
    if _ID.fullmatch(ref):
        raise ValueError("this is an image ID, not an image's name")
    named, at, digest = ref.partition("@")
    domain, path, tag = _split(named)
    valid = (
        _DOMAIN.fullmatch(domain)
        and all(_PATH_PART.fullmatch(part) for part in path.split("/"))
        and len(domain) + 1 + len(path) <= _LONGEST_NAME
        and (tag is None or _TAG.fullmatch(tag))
        and (not at or _DIGEST.fullmatch(digest))
    )
    if not valid:
        raise ValueError("this is not a valid image name")
    if tag is None and not at:
        tag = "latest"
    return f"{domain}/{path}" + (f":{tag}" if tag else "") + at + digest


def _split(named: str) -> tuple[str, str, str | None]:
    first, slash, rest = named.partition("/")
    is_domain = bool(set(first) & set(".:")) or first == "localhost" or first != first.lower()
    if not slash or not is_domain:
        first, rest = _DEFAULT_DOMAIN, named
    path, colon, tag = rest.partition(":")
    if first == _OLD_DEFAULT_DOMAIN:
        first = _DEFAULT_DOMAIN
    if first == _DEFAULT_DOMAIN and "/" not in path:
        path = f"library/{path}"
    return first, path, tag if colon else None
