"""Causes in what an image holds: its variables, its files and its layers."""

import re
from dataclasses import replace

from grader.core.text import shorten
from grader.facts import WrittenInstruction
from grader.judge.causes.cause import Case, Cause, Finding, Look
from grader.judge.containers import Environment
from grader.judge.images import Env, Instructions, Paths
from grader.judge.layers import Layer, Reused

_REFERENCE = "https://docs.docker.com/reference/dockerfile/"
_ENV = frozenset({"env", "environment", "instructions"})
_FILES = frozenset({"paths", "instructions", "layer"})
_LAYER = frozenset({"layer", "instructions"})
_ENV_SHOW = "docker image inspect --format '{{json .Config.Env}}' IMAGE"
_FILES_SHOW = "docker run --rm --entrypoint find IMAGE ."
_ARCHIVE = re.compile(r"[\w./-]+\.(?:tar\.gz|tgz|tar\.xz|tar\.bz2|tar)\b")


def _unused(case: Case) -> tuple[str, ...]:
    """Return the instructions that a check asks for and the final stage does not have."""
    for check, _ in case.failed:
        if isinstance(check.params, Instructions):
            used = {entry.name for entry in (case.image.written if case.image else ())}
            return tuple(name for name in check.params.uses if name not in used)
    return ()


def _of(name: str, look: Look) -> Look:
    """Return the look; a check of instructions it explains only where `name` alone is missing."""

    def found(case: Case) -> Finding | None:
        finding, unused = look(case), _unused(case)
        if finding is None or unused in {(), (name,)}:
            return finding
        others = (c.id for c, _ in case.failed if not isinstance(c.params, Instructions))
        checks = tuple(others)
        return replace(finding, checks=checks) if checks else None

    return found


def _variable(case: Case) -> str:
    """Return the name of the variable that a failed check of the image's environment wants."""
    for check, _ in case.failed:
        if isinstance(check.params, Env):
            return check.params.name
    return ""


def _env_look(pattern: str, tail: str) -> Look:
    """Return a look for a line that sets the variable in a way that does not last."""

    def look(case: Case) -> Finding | None:
        name = _variable(case)
        found = case.line(pattern.replace("NAME", re.escape(name)), re.IGNORECASE) if name else None
        return Finding(f"{case.quote(*found)}{tail}", found[0]) if found else None

    return look


def _other_stage(case: Case) -> Finding | None:
    name = _variable(case)
    found = case.line(rf"^\s*ENV\s+{re.escape(name)}[=\s]", re.IGNORECASE) if name else None
    if not found or any(entry.line == found[0] for entry in case.every("ENV")):
        return None
    stages = list(case.lines(r"^\s*FROM\b", re.IGNORECASE))
    if len(stages) < 2:
        return None
    said = (
        f"{case.quote(*found)}, in a stage that does not become the image; that begins at "
        f"line {stages[-1][0]}."
    )
    return Finding(said, found[0])


def _quotes_in_value(case: Case) -> Finding | None:
    name = _variable(case)
    value = case.image.env.get(name, "") if case.image and name else ""
    if value[:1] not in {'"', "'"} or value[-1:] != value[:1]:
        return None
    entry = next((e for e in reversed(case.every("ENV")) if name in e.text), None)
    said = f"{case.says(entry)}: " if entry else ""
    return Finding(
        f"{said}the value is {shorten(value)}, its quotes included.", entry.line if entry else None
    )


def _env_misspelt(case: Case) -> Finding | None:
    name = _variable(case)
    if not name or not case.image or name in case.image.env:
        return None
    for entry in case.every("ENV"):
        for word in re.findall(r"([A-Za-z_]\w*)(?:=|\s)", entry.text + " "):
            if word.casefold() == name.casefold() or _near(word, name):
                return Finding(
                    f"{case.says(entry)}. It sets {word}, and what is looked for is {name}.",
                    entry.line,
                )
    return None


def _near(one: str, other: str) -> bool:
    """Return whether two names differ by one letter that is wrong, missing or too many."""
    if one == other or abs(len(one) - len(other)) > 1 or len(other) < 4:
        return False
    head = next(
        (i for i, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
    rests = {
        (one[head + 1 :], other[head + 1 :]),
        (one[head:], other[head + 1 :]),
        (one[head + 1 :], other[head:]),
    }
    return any(a == b for a, b in rests)


def _env_missing(case: Case) -> Finding | None:
    name = _variable(case)
    if not name or not case.image or name in case.image.env:
        return None
    return Finding(f"No ENV of {case.file} sets {name}.", None)


def _env_other_value(case: Case) -> Finding | None:
    name = _variable(case)
    if not name or not case.image or name not in case.image.env:
        return None
    entry = next((e for e in reversed(case.every("ENV")) if name in e.text), None)
    if entry is None:
        return None
    return Finding(
        f"{case.says(entry)}, so {name} is {shorten(case.image.env[name]) or 'empty'}.", entry.line
    )


def _set_again(case: Case) -> Finding | None:
    for check, _ in case.failed:
        if not isinstance(check.params, Environment):
            continue
        entry = case.last("ENTRYPOINT")
        if entry and re.search(rf"\b{re.escape(check.params.name)}=", entry.text):
            return Finding(
                f"{case.says(entry)}: it sets {check.params.name} once more, after docker run has.",
                entry.line,
            )
    return None


def _wanted_paths(case: Case) -> dict[str, str]:
    found: dict[str, str] = {}
    for check, _ in case.failed:
        if isinstance(check.params, Paths):
            found.update(check.params.expect)
    return found


def _files_below(case: Case) -> Finding | None:
    workdir = case.last("WORKDIR")
    first = next(iter(case.every("COPY", "ADD", "RUN")), None)
    wanted = _wanted_paths(case) or any(isinstance(c.params, Layer) for c, _ in case.failed)
    if (
        not wanted
        or not workdir
        or not first
        or len(case.every("WORKDIR")) != 1
        or workdir.line < first.line
    ):
        return None
    said = (
        f"{case.says(workdir)}, below line {first.line}: what stands above it went to "
        "another directory."
    )
    return Finding(said, workdir.line)


def _target(entry: WrittenInstruction) -> str:
    """Return the last word of a COPY or ADD, empty where it has none."""
    return next(reversed(re.sub(r'[\[\]",]', " ", entry.text).split()), "")


def _goes_to(entry: WrittenInstruction, path: str) -> bool:
    """Return whether a COPY or ADD has the directory of a path, relative to WORKDIR, as target."""
    return path.partition("/")[0] in _target(entry).split("/")


def _no_slash(case: Case) -> Finding | None:
    for path in _wanted_paths(case):
        folder = path.partition("/")[0]
        for entry in case.every("COPY", "ADD"):
            if _target(entry).removeprefix("./") == folder and len(entry.text.split()) == 2:
                facts = case.image.paths.get(folder) if case.image else None
                if facts and facts.type == "file":
                    return Finding(
                        f"{case.says(entry)}: without a slash at its end {folder} is the new name "
                        "of the file.",
                        entry.line,
                    )
    return None


def _added_packed(case: Case) -> Finding | None:
    """Find an ADD that unpacked what a check wants to be packed."""
    for path, want in _wanted_paths(case).items():
        if not want.startswith("same:"):
            continue
        for entry in case.every("ADD"):
            if want[5:] in entry.text and _goes_to(entry, path):
                return Finding(
                    f"{case.says(entry)}. ADD unpacks a local archive on its way into the image.",
                    entry.line,
                )
    return None


def _copied_unpacked(case: Case) -> Finding | None:
    """Find a COPY of an archive where a check wants what is in it."""
    for path, want in _wanted_paths(case).items():
        for entry in case.every("COPY"):
            packed = not want.startswith("same:") and _ARCHIVE.search(entry.text)
            if packed and _goes_to(entry, path):
                return Finding(f"{case.says(entry)}. COPY leaves an archive as it is.", entry.line)
    return None


def _by_tar(case: Case) -> Finding | None:
    if "ADD" not in _unused(case):
        return None
    entry = next((e for e in case.every("RUN") if re.search(r"\btar\b|\bunzip\b", e.text)), None)
    return (
        Finding(f"{case.says(entry)}: a command unpacks what ADD unpacks by itself.", entry.line)
        if entry
        else None
    )


def _other_file(case: Case) -> Finding | None:
    for path, want in _wanted_paths(case).items():
        facts = case.image.paths.get(path) if case.image else None
        if not want.startswith("same:") or not facts or facts.type != "file":
            continue
        entry = next((e for e in case.every("COPY", "ADD") if _goes_to(e, path)), None)
        if entry and not entry.text.strip().startswith(want[5:]):
            return Finding(
                f"{case.says(entry)}, so {path} is not the {want[5:]} that was given.", entry.line
            )
    return None


def _unpacked_elsewhere(case: Case) -> Finding | None:
    for path, want in _wanted_paths(case).items():
        entry = next((e for e in case.every("ADD") if _ARCHIVE.search(e.text)), None)
        if entry and not want.startswith("same:") and not _goes_to(entry, path):
            return Finding(
                f"{case.says(entry)}. It unpacks there, and what is looked for is {path}.",
                entry.line,
            )
    return None


def _no_add(case: Case) -> Finding | None:
    if not any(not want.startswith("same:") for want in _wanted_paths(case).values()) or case.every(
        "ADD"
    ):
        return None
    return Finding(f"No line of {case.file} unpacks the archive: there is no ADD.")


def _layer_path(case: Case) -> str:
    for check, _ in case.failed:
        if isinstance(check.params, Layer):
            return check.params.path
    return ""


def _made_at_start(case: Case) -> Finding | None:
    path, entry = _layer_path(case), case.last("ENTRYPOINT") or case.last("CMD")
    if not path or not entry or path not in entry.text:
        return None
    return Finding(
        f"{case.says(entry)}: {path} is made each time a container starts, and is not in "
        "the image.",
        entry.line,
    )


def _made_by_copy(case: Case) -> Finding | None:
    path = _layer_path(case)
    entry = next((e for e in case.every("COPY", "ADD") if path and path in e.text), None)
    return (
        Finding(
            f"{case.says(entry)}: {path} comes from the folder and is made by no RUN step.",
            entry.line,
        )
        if entry
        else None
    )


def _cd_lost(case: Case) -> Finding | None:
    path = _layer_path(case)
    runs = case.every("RUN")
    gone = next((e for e in runs if re.search(r"(^|&&|;)\s*cd\s+\S+\s*$", e.text)), None)
    if not path or gone is None or not any(path in e.text for e in runs):
        return None
    return Finding(
        f"{case.says(gone)}. The cd ends with this step; the next one begins in WORKDIR again.",
        gone.line,
    )


def _written_elsewhere(case: Case) -> Finding | None:
    path = _layer_path(case)
    entry = next((e for e in case.every("RUN") if path and path in e.text), None)
    if entry is None or not case.image:
        return None
    return Finding(
        f"{case.says(entry)}, and in {case.image.workdir} there is no {path}.", entry.line
    )


def _no_run(case: Case) -> Finding | None:
    path = _layer_path(case)
    if not path or any(path in e.text for e in case.every("RUN")):
        return None
    return Finding(f"No RUN step of {case.file} writes {path}.")


def _copy_above(case: Case) -> Finding | None:
    for check, _ in case.failed:
        if not isinstance(check.params, Reused):
            continue
        path = check.params.path
        run = next((e for e in case.every("RUN") if path in e.text), None)
        above = [
            e
            for e in case.every("COPY", "ADD")
            if run
            and e.line < run.line
            and (case.program in e.text or re.match(r"(--\S+\s+)*(\.|\*)", e.text.strip()))
        ]
        if run and above:
            return Finding(
                f"{case.says(above[0])}, above the RUN of line {run.line}.", above[0].line
            )
    return None


def _not_used(case: Case) -> Finding | None:
    names = _unused(case)
    return Finding(f"{case.file} does not use {', '.join(names)}.") if names else None


_ENV_WHY = (
    "ENV is kept in the image, and every container begins with it. What a RUN step exports ends "
    "with that step's shell, and an ARG is there only while the image is built."
)
_ENV_EXAMPLE = (
    "printf 'FROM alpine:3.20\\nARG A=1\\nENV B=2\\nRUN export C=3\\n' | docker build -q -t e -\n"
    "docker run --rm e env"
)
_ADD_EXAMPLE = (
    "mkdir -p a && touch a/b && tar -czf a.tgz a\n"
    "printf 'FROM alpine:3.20\\nCOPY a.tgz /packed/\\nADD a.tgz /unpacked/\\n' > D\n"
    "docker build -q -t f -f D . && docker run --rm f find /packed /unpacked"
)

CAUSES = (
    Cause(
        "arg-instead-of-env",
        "ARG is used where ENV is meant",
        _of("ENV", _env_look(r"^\s*ARG\s+NAME\b", ", and an ARG is gone when a container starts.")),
        _ENV_WHY,
        "Which of the two instructions stays in the image?",
        _ENV_EXAMPLE,
        (_REFERENCE + "#env", _REFERENCE + "#arg"),
        _ENV,
        _ENV_SHOW,
    ),
    Cause(
        "export-instead-of-env",
        "A variable is set in a RUN step",
        _of(
            "ENV",
            _env_look(
                r"^\s*RUN\b.*\bNAME=", ", and the shell of that step is gone with its variables."
            ),
        ),
        _ENV_WHY,
        "An instruction of its own sets variables for the image.",
        _ENV_EXAMPLE,
        (_REFERENCE + "#env",),
        _ENV,
        _ENV_SHOW,
    ),
    Cause(
        "env-in-another-stage",
        "ENV stands in a stage that does not become the image",
        _of("ENV", _other_stage),
        "Each FROM begins anew, with nothing of the stage before but what COPY --from takes. The "
        "last stage is the image.",
        "In which stage is the variable needed?",
        "printf 'FROM alpine:3.20\\nENV A=1\\nFROM alpine:3.20\\n' | docker build -q -t e -\n"
        "docker run --rm e env",
        ("https://docs.docker.com/build/building/multi-stage/",),
        _ENV,
        "grep -niE '^(FROM|ENV)' FILE",
    ),
    Cause(
        "env-misspelt",
        "ENV sets a variable of another name",
        _of("ENV", _env_misspelt),
        "Names of variables are compared letter by letter; GREETING and Greeting are two "
        "variables.",
        "Compare the name with the lab's text.",
        "docker run --rm -e Greeting=a alpine:3.20 sh -c 'echo \"[$GREETING]\"'",
        (_REFERENCE + "#env",),
        _ENV,
        _ENV_SHOW,
    ),
    Cause(
        "env-with-quotes",
        "The quotes became part of the value",
        _of("ENV", _quotes_in_value),
        "Docker takes one pair of quotes away. Quotes within quotes stay, and are two more letters "
        "of the value.",
        "One pair of quotes at the most.",
        "printf 'FROM alpine:3.20\\nENV A='\"'\"'\"a\"'\"'\"'\\n' | docker build -q -t e -\n"
        "docker run --rm e env",
        (_REFERENCE + "#env",),
        _ENV,
        _ENV_SHOW,
    ),
    Cause(
        "env-missing",
        "No ENV sets the variable",
        _of("ENV", _env_missing),
        _ENV_WHY,
        "An instruction is missing that gives the image this variable.",
        _ENV_EXAMPLE,
        (_REFERENCE + "#env",),
        _ENV,
        _ENV_SHOW,
    ),
    Cause(
        "env-other-value",
        "ENV gives the variable another value",
        _of("ENV", _env_other_value),
        "The value is compared letter by letter.",
        "Compare the value with the lab's text.",
        _ENV_EXAMPLE,
        (_REFERENCE + "#env",),
        _ENV,
        _ENV_SHOW,
    ),
    Cause(
        "env-set-again",
        "The command sets the variable once more",
        _set_again,
        "docker run -e takes the place of ENV's value when the container starts. What the command "
        "sets after that wins over both.",
        "Let the program take the variable from its environment.",
        "docker run --rm -e A=given alpine:3.20 env A=mine printenv A\n"
        "docker run --rm -e A=given alpine:3.20 printenv A",
        (_REFERENCE + "#env", "https://docs.docker.com/reference/cli/docker/container/run/#env"),
        _ENV,
    ),
    Cause(
        "workdir-below-files",
        "WORKDIR stands below the steps that it is meant for",
        _of("WORKDIR", _files_below),
        "Instructions work from top to bottom: relative paths are taken from the WORKDIR "
        "that counts "
        "at that line, and that is / where none stands above.",
        "In which directory does each step work?",
        "printf 'FROM alpine:3.20\\nRUN pwd > where\\nWORKDIR /here\\nRUN pwd > where\\n'"
        " | docker build -q -t w -\ndocker run --rm w find / -name where",
        (_REFERENCE + "#workdir",),
        _FILES,
        _FILES_SHOW,
    ),
    Cause(
        "copy-without-slash",
        "The target of COPY has no slash at its end",
        _of("-", _no_slash),
        "COPY a b makes a file called b; COPY a b/ puts a into the directory b, which it makes if "
        "it is not there.",
        "Is the last word meant as a file or as a directory?",
        "touch a && printf 'FROM alpine:3.20\\nCOPY a /x\\nCOPY a /y/\\n' > D\n"
        "docker build -q -t s -f D . && docker run --rm s ls -ld /x /y",
        (_REFERENCE + "#copy",),
        _FILES,
        _FILES_SHOW,
    ),
    Cause(
        "add-instead-of-copy",
        "ADD unpacks what should stay packed",
        _of("COPY", _added_packed),
        "ADD unpacks a local tar archive into the directory named last. COPY copies what is there, "
        "and nothing else; that is why it is the one to use as a rule.",
        "Which of the two leaves an archive as it is?",
        _ADD_EXAMPLE,
        (_REFERENCE + "#add", "https://docs.docker.com/build/building/best-practices/#add-or-copy"),
        _FILES,
        _FILES_SHOW,
    ),
    Cause(
        "copy-instead-of-add",
        "COPY leaves packed what should be unpacked",
        _of("ADD", _copied_unpacked),
        "COPY copies a file as it is. ADD unpacks a local tar archive into the directory "
        "named last.",
        "Which of the two unpacks?",
        _ADD_EXAMPLE,
        (_REFERENCE + "#add",),
        _FILES,
        _FILES_SHOW,
    ),
    Cause(
        "tar-instead-of-add",
        "A RUN step unpacks what ADD should",
        _of("ADD", _by_tar),
        "That works, but the archive stays in a layer below and the image is larger by it; and the "
        "task is to see what ADD does.",
        "Let the instruction do it that takes the archive into the image.",
        _ADD_EXAMPLE,
        (_REFERENCE + "#add",),
        _FILES,
        "docker history IMAGE",
    ),
    Cause(
        "copy-of-another-file",
        "Another file is copied under the name that is asked for",
        _of("-", _other_file),
        "What counts is what is in a file, and not what it is called.",
        "Copy the file that was given, as it is.",
        "sha256sum assets.tar.gz\ndocker run --rm --entrypoint sha256sum IMAGE "
        "packed/assets.tar.gz",
        (_REFERENCE + "#copy",),
        _FILES,
        _FILES_SHOW,
    ),
    Cause(
        "unpacked-elsewhere",
        "ADD unpacks into another directory",
        _of("-", _unpacked_elsewhere),
        "The last word of ADD is the directory into which it unpacks; a dot is WORKDIR itself.",
        "Compare that word with the path that is looked for.",
        _ADD_EXAMPLE,
        (_REFERENCE + "#add",),
        _FILES,
        _FILES_SHOW,
    ),
    Cause(
        "add-missing",
        "Nothing unpacks the archive",
        _of("ADD", _no_add),
        "One of Docker's two instructions for taking files into an image unpacks local archives on "
        "the way.",
        "An instruction is missing that unpacks the archive into its directory.",
        _ADD_EXAMPLE,
        (_REFERENCE + "#add",),
        _FILES,
        _FILES_SHOW,
    ),
    Cause(
        "file-made-at-start",
        "The file is made when a container starts, and not in the image",
        _of("RUN", _made_at_start),
        "RUN works while the image is built, once, and its files are in the image. "
        "ENTRYPOINT works "
        "in each container, and what it writes is gone with that.",
        "Which instruction runs a command during the build?",
        'printf \'FROM alpine:3.20\\nRUN date > /built\\nENTRYPOINT ["cat", "/built"]\\n\''
        " | docker build -q -t r -\ndocker run --rm r; sleep 2; docker run --rm r   # the same",
        (_REFERENCE + "#run",),
        _LAYER,
        "docker history IMAGE",
    ),
    Cause(
        "file-copied-not-made",
        "The file is copied in and not made by RUN",
        _of("RUN", _made_by_copy),
        "The task is to see a layer that a command makes while the image is built; a "
        "copied file is "
        "in COPY's layer.",
        "Let a command of a RUN step write the file.",
        "printf 'FROM alpine:3.20\\nRUN date > /built\\n' | docker build -q -t r "
        "-\ndocker history r",
        (_REFERENCE + "#run",),
        _LAYER,
        "docker history IMAGE",
    ),
    Cause(
        "cd-does-not-last",
        "A cd in one RUN step does not last until the next",
        _of("RUN", _cd_lost),
        "Each RUN step is a shell of its own, in the WORKDIR that counts at that line. What it "
        "changes of itself, directory and variables, ends with it.",
        "Use the instruction that sets the directory for all that follows, or join the commands.",
        "printf 'FROM alpine:3.20\\nRUN cd /tmp\\nRUN pwd\\n' | docker build --progress plain -",
        (_REFERENCE + "#run", _REFERENCE + "#workdir"),
        _LAYER,
        _FILES_SHOW,
    ),
    Cause(
        "file-made-elsewhere",
        "RUN writes the file to another directory",
        _of("RUN", _written_elsewhere),
        "A relative name is in the WORKDIR of that line, an absolute one where it says.",
        "Compare where the step writes with where the file is looked for.",
        "docker run --rm --entrypoint find IMAGE / -name built.txt",
        (_REFERENCE + "#workdir",),
        _LAYER,
        _FILES_SHOW,
    ),
    Cause(
        "file-never-made",
        "No RUN step makes the file",
        _of("RUN", _no_run),
        "RUN runs a command while the image is built, and what it writes becomes a layer.",
        "A step is missing that writes the file.",
        "printf 'FROM alpine:3.20\\nRUN date > /built\\n' | docker build -q -t r "
        "-\ndocker history r",
        (_REFERENCE + "#run",),
        _LAYER,
        _FILES_SHOW,
    ),
    Cause(
        "cache-spoilt-by-copy",
        "A COPY of what changes often stands above RUN",
        _copy_above,
        "When a file that a COPY takes has changed, that step and all below it run again: with the "
        "program above, each edit of it costs the RUN step.",
        "What changes often belongs as far down as it can.",
        "touch a && printf 'FROM alpine:3.20\\nCOPY a .\\nRUN sleep 3\\n' > D\n"
        "docker build -q -f D . && echo x >> a && time docker build -q -f D .",
        ("https://docs.docker.com/build/cache/",),
        frozenset({"reused"}),
    ),
    Cause(
        "instruction-missing",
        "Not all instructions that are asked for are used",
        _not_used,
        "The file is to show what each of these instructions does.",
        "Look which of them is missing, and what it is for.",
        "grep -oE '^[A-Z]+' Dockerfile | sort -u",
        (_REFERENCE,),
        frozenset({"instructions"}),
        "grep -oE '^[A-Z]+' FILE | sort -u",
    ),
)
