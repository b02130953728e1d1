"""curl, wget and gpg of a machine without a network: enough of them to fetch and turn one key."""

from __future__ import annotations

import binascii
import contextlib
import os
import time

FOUND, MOVED, MISSING = 200, 301, 404
ERROR_PAGE = b"<html><head><title>%d</title></head><body>The page cannot be shown.</body></html>\n"
INDEX = b"<html><body><h1>Index of linux</h1></body></html>\n"

# What follows `-----BEGIN`: no real key. The recorder knows the same bytes.
KEY_BYTES = b"\x99\x02\x0d\x04" + bytes((7 * number * number + 13) % 256 for number in range(480))
FINGERPRINT = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"
OWNER = "Docker Release (CE deb) <docker@docker.com>"
FASTER = 20
BEGIN = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
END = b"-----END PGP PUBLIC KEY BLOCK-----"

CURL_VALUES = "oHAmdXuxewTbcCrEKDFQyYzt"
CURL_LONG = {
    "--output", "--header", "--user-agent", "--max-time", "--connect-timeout", "--retry",
    "--retry-delay", "--retry-max-time", "--proto", "--proto-redir", "--cacert", "--capath",
    "--output-dir", "--proxy", "--referer", "--request", "--write-out", "--tls-max", "--max-redirs",
}  # fmt: skip
WGET_VALUES = "OoaPtTUeAR"
WGET_LONG = {"--output-document", "--directory-prefix", "--tries", "--timeout", "--user-agent"}
GPG_VALUES = {
    "-o", "--output", "--keyring", "--homedir", "--keyserver", "--recv-keys", "--status-fd",
    "--trust-model", "--import-options", "--export-options", "-r", "--recipient", "--pinentry-mode",
}  # fmt: skip


def armored() -> bytes:
    """Return the key as download.docker.com gives it: text between two lines."""
    text = binascii.b2a_base64(KEY_BYTES, newline=False)
    rows = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join([BEGIN, b"", *rows, END, b""])


def dearmored(text: bytes) -> bytes | None:
    """Return the bytes of an armored key, None where there is no armor."""
    if BEGIN not in text or END not in text:
        return None
    body = text.split(BEGIN, 1)[1].split(END, 1)[0].replace(b"\r", b"")
    rows = [
        row for row in body.split(b"\n") if row and b":" not in row and not row.startswith(b"=")
    ]
    try:
        return binascii.a2b_base64(b"".join(rows))
    except binascii.Error:
        return None


def page(url: str) -> tuple[int, bytes]:
    """Return (status, body) of a URL, and (0, b"") where no such host is known."""
    scheme, found, rest = url.partition("://")
    if not found:
        scheme, rest = "http", url
    host, _, path = rest.partition("/")
    if host not in {"download.docker.com", "download.docker.com:443"}:
        return 0, b""
    if scheme != "https":
        return MOVED, ERROR_PAGE % MOVED
    path = path.strip("/")
    if path in {"linux/ubuntu/gpg", "linux/debian/gpg", "linux/raspbian/gpg"}:
        return FOUND, armored()
    if path in {"", "linux", "linux/ubuntu", "linux/debian"}:
        return FOUND, INDEX
    return MISSING, ERROR_PAGE % MISSING


def options(
    words: list[str], short_values: str, long_values: set[str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the options as (name, value) pairs and the other words."""
    pairs: list[tuple[str, str]] = []
    rest: list[str] = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word.startswith("--") and len(word) > 2:
            name, equals, value = word.partition("=")
            if not equals and name in long_values and queue:
                value = queue.pop(0)
            pairs.append((name, value))
        elif word.startswith("-") and len(word) > 1:
            for at, letter in enumerate(word[1:], start=2):
                if letter in short_values:
                    value = word[at:] or (queue.pop(0) if queue else "")
                    pairs.append(("-" + letter, value))
                    break
                pairs.append(("-" + letter, ""))
        else:
            rest.append(word)
    return pairs, rest


def complain(text: str) -> None:
    """Say something on standard error."""
    put(2, text.encode())


def put(number: int, content: bytes) -> bool:
    """Write all of it; return whether that was possible."""
    try:
        while content:
            content = content[os.write(number, content) :]
    except OSError:
        return False
    return True


def save(path: str, content: bytes) -> bool:
    """Write a file as the caller may; return whether that was possible."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    except OSError:
        return False
    done = put(number, content)
    os.close(number)
    return done


def slurp(path: str) -> bytes | None:
    """Return the first MiB of a file or of standard input, None if it cannot be read."""
    try:
        number = 0 if path in {"", "-"} else os.open(path, os.O_RDONLY)
        content = b""
        while len(content) < 1 << 20:
            piece = os.read(number, 1 << 16)
            if not piece:
                break
            content += piece
    except OSError:
        return None
    return content


def curl(words: list[str], broken: str) -> int:
    """Fetch pages; `broken` is the status that every page has in a world where this step fails."""
    pairs, urls = options(words[1:], CURL_VALUES, CURL_LONG)
    names = {name for name, _ in pairs}
    if "--version" in names or "-V" in names:
        return 0 if put(1, b"curl 7.81.0\n") else 23
    urls += [value for name, value in pairs if name == "--url"]
    if not urls:
        complain("curl: no URL specified!\n")
        return 2
    outputs = [value for name, value in pairs if name in {"-o", "--output"}]
    folder = next((value for name, value in pairs if name == "--output-dir"), "")
    places = [os.path.dirname(os.path.join(folder, path)) for path in outputs or [""]]
    for place in places if "--create-dirs" in names else []:
        with contextlib.suppress(OSError):
            os.makedirs(place or ".", 0o750, exist_ok=True)
    for url in urls:
        status, body = page(url)
        if status == MOVED and {"-L", "--location"} & names:
            status, body = page("https://" + url.rpartition("://")[2])
        if broken and status:
            status, body = int(broken), ERROR_PAGE % int(broken)
        if status == 0:
            complain("curl: (6) Could not resolve host\n")
            return 6
        if status >= 400 and {"-f", "--fail", "--fail-with-body"} & names:
            complain("curl: (22) The requested URL returned error: %d\n" % status)
            return 22
        target = outputs.pop(0) if outputs else ""
        if not target and {"-O", "--remote-name"} & names:
            target = os.path.basename(url)
        good = put(1, body) if target in {"", "-"} else save(os.path.join(folder, target), body)
        if not good:
            complain("curl: (23) Failure writing output to destination\n")
            return 23
    return 0


def wget(words: list[str], broken: str) -> int:
    """Fetch pages as wget does: a file named with -O is there, empty, even when nothing comes."""
    merged = [words[0]]
    for word in words[1:]:
        # -nv and its kin are two letters for one option.
        merged.append("--" + word[1:] if word in {"-nv", "-nc", "-nd"} else word)
    pairs, urls = options(merged[1:], WGET_VALUES, WGET_LONG)
    target = next((v for n, v in pairs if n in {"-O", "--output-document"}), "")
    folder = next((v for n, v in pairs if n in {"-P", "--directory-prefix"}), "")
    if not urls:
        complain("wget: missing URL\n")
        return 1
    for url in urls:
        if target not in {"", "-"} and not save(target, b""):
            complain("%s: Permission denied\n" % target)
            return 3
        status, body = page(url)
        if status == MOVED:
            status, body = page("https://" + url.rpartition("://")[2])
        if broken and status:
            status = int(broken)
        if status == 0:
            complain("wget: unable to resolve host address\n")
            return 4
        if status >= 400:
            complain("ERROR %d.\n" % status)
            return 8
        place = target or os.path.join(folder, os.path.basename(url) or "index.html")
        if not (put(1, body) if place == "-" else save(place, body)):
            complain("%s: cannot be written\n" % place)
            return 3
    return 0


def gpg(words: list[str], _broken: str) -> int:
    """Turn an armored key into a binary one, or import one into a keyring file."""
    flags: set[str] = set()
    values: dict[str, str] = {}
    rest: list[str] = []
    queue = [part for word in words[1:] for part in spread(word)]
    while queue:
        word = queue.pop(0)
        name, equals, value = word.partition("=")
        if name in GPG_VALUES:
            values[name] = value if equals else (queue.pop(0) if queue else "")
        elif word.startswith("-") and len(word) > 1:
            flags.add(word)
        else:
            rest.append(word)
    output = values.get("-o", values.get("--output", ""))
    if "--version" in flags:
        return 0 if put(1, b"gpg (GnuPG) 2.2.27\n") else 2
    content = slurp(rest[0] if rest else "-")
    if content is None:
        complain("gpg: can't open '%s'\n" % rest[0])
        return 2
    show = {"--show-keys", "--show-key", "--list-keys", "--fingerprint", "--list-packets"} & flags
    if "--import" in flags and "show-only" not in values.get("--import-options", ""):
        return into_keyring(content, values.get("--keyring", ""))
    if {"--dearmor", "--dearmour"} & flags:
        if not output and rest and rest[0] != "-":
            output = rest[0] + ".gpg"
        return into_file(content, output, overwrite="--yes" in flags)
    # Without a command gpg shows what a file holds.
    if show or "--import" in flags or (rest and not {"--verify", "--decrypt", "-d"} & flags):
        if dearmored(content) is None and content != KEY_BYTES:
            complain("gpg: no valid OpenPGP data found.\n")
            return 2
        return 0 if put(1, shown_key(flags)) else 2
    complain("gpg: this machine knows --dearmor and --import only\n")
    return 2


def shown_key(flags: set[str]) -> bytes:
    """Return what gpg says of Docker's key: its fingerprint is in Docker's own manual."""
    if "--with-colons" in flags:
        rows = ["pub:-:4096:1:{}:1487788586:::-:::scESCA::::::23::0:".format(FINGERPRINT[-16:])]
        rows += ["fpr:::::::::{}:".format(FINGERPRINT), "uid:-::::1487792064::0::{}:".format(OWNER)]
        return "\n".join([*rows, ""]).encode()
    number = FINGERPRINT
    if {"--fingerprint", "--with-fingerprint"} & flags:
        parts = [FINGERPRINT[at : at + 4] for at in range(0, 40, 4)]
        number = "Key fingerprint = {}  {}".format(" ".join(parts[:5]), " ".join(parts[5:]))
    text = "pub   rsa4096 2017-02-22 [SCEA]\n      {}\nuid                      {}\n"
    return text.format(number, OWNER).encode()


def sleep(words: list[str], _broken: str) -> int:
    """Sleep as long as the words say, a twentieth of it: time is short in here."""
    seconds = 0.0
    for word in words[1:]:
        if word == "--":
            continue
        unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}.get(word[-1:])
        try:
            seconds += float(word[:-1] if unit else word) * (unit or 1)
        except ValueError:
            complain("sleep: invalid time interval '%s'\n" % word)
            return 1
    if not words[1:] or not seconds >= 0:
        complain("sleep: missing operand\n")
        return 1
    time.sleep(min(seconds / FASTER, 86400))
    return 0


def spread(word: str) -> list[str]:
    """Return a word of gpg's short options as separate words."""
    if word.startswith("-o") and len(word) > 2:
        return ["-o", word[2:]]
    return [word]


def into_file(content: bytes, output: str, *, overwrite: bool) -> int:
    """Dearmor as gpg 2.2 without a terminal does."""
    if output and output != "-" and os.path.lexists(output) and not overwrite:
        complain("gpg: cannot open '/dev/tty': No such device or address\n")
        complain("gpg: dearmoring failed: File exists\n")
        return 2
    plain = dearmored(content)
    if plain is None:
        # gpg has made the file by then.
        if output and output != "-":
            save(output, b"")
        complain("gpg: no valid OpenPGP data found.\ngpg: dearmoring failed\n")
        return 2
    if not (put(1, plain) if output in {"", "-"} else save(output, plain)):
        complain("gpg: can't create '%s': Permission denied\n" % output)
        return 2
    return 0


def into_keyring(content: bytes, keyring: str) -> int:
    """Import into a keyring file, or into the caller's own."""
    plain = dearmored(content)
    if plain is None and content == KEY_BYTES:
        plain = content
    if plain is None:
        complain("gpg: no valid OpenPGP data found.\n")
        return 2
    place = keyring.partition(":")[2] if keyring.startswith("gnupg-ring:") else keyring
    if place and not save(place, plain):
        complain("gpg: keyblock resource '%s': Permission denied\n" % place)
        return 2
    return 0


def apt_key(words: list[str], _broken: str) -> int:
    """Add a key to the file that every repository trusts."""
    if {"fingerprint", "finger", "list"} & set(words):
        return 0 if put(1, shown_key({"--fingerprint"})) else 2
    if "add" not in words:
        return 0
    rest = words[words.index("add") + 1 :]
    plain = dearmored(slurp(rest[0] if rest else "-") or b"")
    if plain is None:
        complain("gpg: no valid OpenPGP data found.\n")
        return 2
    if not save("/etc/apt/trusted.gpg", plain):
        complain("E: This command can only be used by root.\n")
        return 1
    return 0 if put(1, b"OK\n") else 1
