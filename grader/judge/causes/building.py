"""Causes that keep a file from being read, or an image from being built."""

import re
from collections.abc import Mapping

from grader.core.text import shorten
from grader.judge.causes.cause import RUNNING, Case, Cause, Finding, Look

_REFERENCE = "https://docs.docker.com/reference/dockerfile/"
_CONTEXT = "https://docs.docker.com/build/concepts/context/"
_BUILD = "docker build -t IMAGE -f FILE ."


def _unbuilt(pattern: str) -> Look:
    """Return a look that finds a reason why an image was not built; it says it as it was said."""

    def look(case: Case) -> Finding | None:
        if case.unbuilt is None or not re.search(pattern, case.unbuilt.why, re.IGNORECASE):
            return None
        place = case.unbuilt.place
        seen = case.unbuilt.why.removeprefix("It was not built. ")
        line = place.line if place else None
        return Finding(seen if seen.endswith((".", "?")) else f"{seen}.", line)

    return look


def _misnamed(case: Case) -> Finding | None:
    reason = case.reasons()
    found = re.search(r"^.* was not handed in\. There is .*$", reason, re.MULTILINE)
    return Finding(found[0]) if found else None


def _missing(case: Case) -> Finding | None:
    found = re.search(r"^.* was not handed in\..*$", case.reasons(), re.MULTILINE)
    return Finding(found[0]) if found else None


def _conflict(case: Case) -> Finding | None:
    for number, line in enumerate(case.text.split("\n"), 1):
        if re.match(r"(<{7}|>{7})( |$)|={7}$", line):
            said = case.quote(number, line)
            return Finding(f"{said}: a mark that git left there when two versions met.", number)
    return None


def _backslash(case: Case) -> Finding | None:
    found = case.line(r"^\s*(COPY|ADD)\s.*[A-Za-z.]\\[A-Za-z]", re.IGNORECASE)
    if case.unbuilt is None or found is None:
        return None
    return Finding(f"{case.quote(*found)}: a backslash is no separator of folders here.", found[0])


def _no_tag(case: Case) -> Finding | None:
    if case.unbuilt is None or case.unbuilt.place is None:
        return None
    found = re.search(r'the image "([^":@]+)" is not allowed', case.unbuilt.why)
    if not found or not found[1]:
        return None
    line = case.unbuilt.place.line
    name = shorten(found[1])
    seen = f"{case.file}, line {line}, says FROM {name} without a tag, which means {name}:latest."
    return Finding(seen, line)


def _argument(case: Case) -> Finding | None:
    found = case.line(r"^\s*FROM\s.*\$", re.IGNORECASE)
    if case.unbuilt is None or found is None:
        return None
    line, text = found
    if "not allowed" in case.unbuilt.why:
        names = re.findall(r"\$\{?(\w+)", text)
        empty = next((name for name in names if not _has_default(case, name, line)), None)
        if empty is None:
            return None
        said = f"{case.quote(line, text)}, and no ARG above it gives {empty} a value"
        return Finding(f"{said}, so nothing stands in its place.", line)
    if not re.search(r"FROM|\$|not set", case.unbuilt.why):
        return None
    return Finding(f"{case.quote(line, text)}. {case.unbuilt.why}", line)


def _has_default(case: Case, name: str, above: int) -> bool:
    """Return whether an ARG above a line gives a variable a value; `:-` has one by itself."""
    lines = case.lines(rf"^\s*ARG\s.*\b{name}=\S|\$\{{{name}:?-", re.IGNORECASE)
    return any(number <= above for number, _ in lines)


def _network(case: Case) -> Finding | None:
    if case.unbuilt is None:
        return None
    run = r"^\s*RUN\b.*\b(pip3?|apt|apt-get|apk|curl|wget|git|npm)\b"
    found = case.line(run, re.IGNORECASE)
    reached = re.search(
        r"resol|unreachable|No matching distribution|Connection|Name or service|Temporary failure",
        f"{case.unbuilt.why}\n{case.unbuilt.evidence}",
    )
    if found is None or reached is None:
        return None
    return Finding(f"{case.quote(*found)}, and a build has no network here.", found[0])


# What stands behind an instruction that somebody switched off, and not in a sentence about it; and
# the kinds of checks that can fail for it.
_SWITCHED_OFF: Mapping[str, tuple[str, frozenset[str]]] = {
    "ADD": (r"\S*\.\w+\s+\S+\s*$", frozenset({"paths", "instructions"})),
    "CMD": (r"\[|\./|python", RUNNING | {"instructions"}),
    "COPY": (r"\S*\.\w+\s+\S+\s*$", RUNNING | {"paths", "instructions"}),
    "ENTRYPOINT": (r"\[|\./|python", RUNNING | {"form", "instructions"}),
    "ENV": (r"\w+(=| \S+\s*$)", frozenset({"env", "environment", "instructions"})),
    "EXPOSE": (r"\d+", frozenset({"declares"})),
    "RUN": (r"\S", frozenset({"layer", "reused", "instructions"})),
    "VOLUME": (r"[\[/]", frozenset({"declares"})),
}


def _commented_out(case: Case) -> Finding | None:
    if case.image is None:
        return None
    for number, line in enumerate(case.text.split("\n"), 1):
        found = re.match(rf"\s*#\s*({'|'.join(_SWITCHED_OFF)})\s+(.*)", line)
        if not found or not _is_wanted(case, found[1], found[2]):
            continue
        kinds = _SWITCHED_OFF[found[1]][1]
        checks = tuple(check.id for check, _ in case.failed if check.kind in kinds)
        if checks:
            said = f"{case.quote(number, line.strip())}: a comment and no instruction."
            return Finding(said, number, checks=checks)
    return None


def _is_wanted(case: Case, name: str, text: str) -> bool:
    """Return whether a commented instruction is one, and nothing else does what it would do."""
    image = case.image
    if image is None or not re.match(_SWITCHED_OFF[name][0], text):
        return False
    if name in {"COPY", "ADD"}:
        source = text.split(maxsplit=1)[0].rpartition("/")[2]
        files = {path.rpartition("/")[2] for path in case.context.assignment.provided}
        there = source in files | set(case.context.facts.sources)
        others = " ".join(entry.text for entry in case.every(name))
        return there and source not in others and not re.search(r"(^|\s)\.\s", others)
    if name == "ENTRYPOINT":
        return not image.entrypoint
    if name == "CMD":
        return not image.cmd
    return not case.every(name)


CAUSES = (
    Cause(
        "merge-conflict-left",
        "A merge conflict was left in the file",
        _conflict,
        "git writes both versions into the file and marks where each begins; until one of them is "
        "taken out, the file is neither.",
        "Keep the lines that you want, and remove the other version with the three lines of marks.",
        "git diff --check\ngit grep -nE '^(<<<<<<<|=======|>>>>>>>)'",
        ("https://git-scm.com/docs/git-merge#_how_conflicts_are_presented",),
        shows="grep -nE '^(<<<<<<<|=======|>>>>>>>)' FILE",
    ),
    Cause(
        "file-misnamed",
        "The file has another name than is asked for",
        _misnamed,
        "Files are looked for by their exact names; an ending that an editor adds, such "
        "as .txt, is "
        "part of the name.",
        "Rename it. If your system hides endings, let it show them.",
        "ls -la\nmv Dockerfile-exec.txt Dockerfile-exec",
        ("https://docs.docker.com/build/concepts/dockerfile/#filename",),
        shows="ls -la",
    ),
    Cause(
        "file-missing",
        "The file was not handed in",
        _missing,
        "What is not there cannot be built or run. Each file counts by itself, so an "
        "unfinished one "
        "is worth more than none.",
        "Put the file into the lab's folder under exactly this name, add it to git, and push.",
        "ls -la\ngit status --short\ngit ls-files",
        ("https://git-scm.com/docs/git-status",),
        shows="ls -la && git ls-files",
    ),
    Cause(
        "file-not-utf-8",
        "The file is saved in an encoding that Docker does not read",
        _unbuilt(r"UTF-?(8|16)|byte order"),
        "Docker reads UTF-8. Editors on Windows, and PowerShell's > in its older versions, write "
        "UTF-16, in which every second byte is zero.",
        "Save it again as UTF-8, in the encoding field of your editor's Save as.",
        "file Dockerfile\niconv -f UTF-16 -t UTF-8 Dockerfile > Dockerfile.new",
        (_REFERENCE + "#format",),
        shows="file FILE",
    ),
    Cause(
        "file-empty",
        "The Dockerfile has no instructions",
        _unbuilt(r"has no instructions"),
        "An image is made of the instructions in its Dockerfile; the first of them names the image "
        "to start from.",
        "Begin with FROM, and go on with what the lab's text asks for, one line for each step.",
        'printf \'FROM alpine:3.20\\nCMD ["echo", "hello"]\\n\' | docker build -t hello -\n'
        "docker run --rm hello",
        (_REFERENCE + "#from",),
        shows="cat -A FILE",
    ),
    Cause(
        "from-missing",
        "The Dockerfile does not begin with FROM",
        _unbuilt(r"before any FROM|but no FROM"),
        "Every step changes the image that the step before left; without FROM there is "
        "none for the "
        "first of them.",
        "The first instruction names the base image. Comments and ARG alone may stand above it.",
        "printf 'RUN echo hello\\n' | docker build -\n"
        "printf 'FROM alpine:3.20\\nRUN echo hello\\n' | docker build -",
        (_REFERENCE + "#from",),
        shows=_BUILD,
    ),
    Cause(
        "from-with-other-words",
        "FROM has more or fewer words than an image's name",
        _unbuilt(r"words after FROM|FROM names no image"),
        "FROM takes one word, the image with its tag behind a colon; AS and a name may follow. A "
        "space where the colon belongs makes two words of it.",
        "Look between the image's name and its tag.",
        "printf 'FROM alpine 3.20\\n' | docker build -\n"
        "printf 'FROM alpine:3.20\\n' | docker build -",
        (_REFERENCE + "#from",),
        shows="grep -niE '^ *FROM' FILE",
    ),
    Cause(
        "base-without-tag",
        "FROM names an image without a tag",
        _no_tag,
        "Without a tag Docker takes :latest, which is another image every few months: what works "
        "today fails next year, and nobody changed anything.",
        "Name the version as well; the lab's text says which.",
        "docker image ls python\ndocker image inspect --format '{{.Id}}' python:latest python:3.12",
        (_REFERENCE + "#from", "https://docs.docker.com/reference/cli/docker/image/tag/"),
        shows="head -n 3 FILE",
    ),
    Cause(
        "argument-of-from",
        "FROM uses an ARG that has no value there",
        _argument,
        "Only an ARG that stands above the first FROM can be used in it, and one with a default "
        "needs no --build-arg. Below FROM it has to be declared again.",
        "Write the base's name out, or give the ARG above FROM a default.",
        "printf 'ARG TAG=3.20\\nFROM alpine:${TAG}\\n' | docker build -",
        (_REFERENCE + "#understand-how-arg-and-from-interact",),
        shows="grep -niE '^(ARG|FROM)' FILE",
    ),
    Cause(
        "base-not-allowed",
        "FROM names another image than the lab allows",
        _unbuilt(r"the image \".*\" is not allowed|becomes \".*\""),
        "What a container can do depends on its base: another one has other programs in it, and "
        "another shell.",
        "Take one of the bases that the lab allows. With ARG, look at what the name becomes.",
        "docker run --rm python:3.12 python3 --version\n"
        "docker run --rm ubuntu:24.04 python3 --version   # not in there",
        (_REFERENCE + "#from",),
        shows="grep -niE '^(ARG|FROM)' FILE",
    ),
    Cause(
        "instruction-misspelt",
        "A line begins with no instruction that Docker knows",
        _unbuilt(r"is no Dockerfile instruction"),
        "The first word of a line is the instruction. A long command goes on in the next line only "
        "if a backslash ends the line before.",
        "Compare the word letter by letter with the list of instructions.",
        "printf 'FROM alpine:3.20\\nENTRYPONT [\"true\"]\\n' | docker build -",
        (_REFERENCE,),
        shows=_BUILD,
    ),
    Cause(
        "copy-without-target",
        "COPY or ADD has one path only",
        _unbuilt(r"needs a source and a destination"),
        "The last path is where it goes, all before it are what is copied. A dot is the current "
        "WORKDIR.",
        "Say where in the image the file should be.",
        "printf 'FROM alpine:3.20\\nCOPY a.txt\\n' > D && docker build -f D .",
        (_REFERENCE + "#copy",),
        shows=_BUILD,
    ),
    Cause(
        "copy-windows-path",
        "A path is written with backslashes",
        _backslash,
        "Paths in a Dockerfile are those of Linux, whatever the machine is: a backslash "
        "escapes the "
        "character behind it and then is gone.",
        "Write paths with slashes.",
        "printf 'FROM alpine:3.20\\nCOPY .\\\\a.txt .\\n' > D && touch a.txt && docker "
        "build -f D .",
        (_REFERENCE + "#copy", _REFERENCE + "#escape"),
        shows=_BUILD,
    ),
    Cause(
        "copy-from-outside",
        "COPY asks for a file outside of the build's folder",
        _unbuilt(r"outside the build context|forbidden path"),
        "docker build sends one folder to the engine, the last word of the command; above it there "
        "is nothing for COPY.",
        "Paths of COPY begin at that folder: name the file as it lies in there.",
        "printf 'FROM alpine:3.20\\nCOPY ../a.txt .\\n' > D && docker build -f D .",
        (_CONTEXT,),
        shows=_BUILD,
    ),
    Cause(
        "copy-from-image",
        "COPY --from names something that is no stage of this file",
        _unbuilt(r"--from="),
        "--from takes files out of an earlier stage, or out of some image that happens to be on "
        "this machine: nobody else has that one.",
        "Copy the file from the build's folder, or give the stage above a name and use it.",
        "printf 'FROM alpine:3.20 AS one\\nRUN echo a > /a\\nFROM alpine:3.20\\n"
        "COPY --from=one /a /b\\n' | docker build -",
        (_REFERENCE + "#copy---from",),
        shows="grep -niE '^(FROM|COPY --from)' FILE",
    ),
    Cause(
        "add-downloads",
        "ADD downloads something",
        _unbuilt(r"would download"),
        "A build that fetches from the internet is another one tomorrow, and none without a "
        "network. The file that the lab gives is beside the Dockerfile.",
        "Put the file beside the Dockerfile and copy it.",
        "ls\nprintf 'FROM alpine:3.20\\nCOPY a.txt .\\n' > D && touch a.txt && docker build -f D .",
        (_REFERENCE + "#add",),
        shows="grep -niE '^ADD' FILE",
    ),
    Cause(
        "copy-of-nothing",
        "COPY or ADD names a file that is not in the build",
        _unbuilt(r"is not in the build|(COPY|ADD) failed|no source files|excluded by"),
        "The build sees the files of its folder, less those that .dockerignore takes out. Capital "
        "and small letters are different letters.",
        "Compare the name with what lies in the folder, and look into .dockerignore.",
        "ls -la\ncat .dockerignore\nprintf 'FROM alpine:3.20\\nCOPY A.txt .\\n' > D && touch a.txt"
        " && docker build -f D .",
        (_CONTEXT, _REFERENCE + "#copy"),
        shows="ls -la",
    ),
    Cause(
        "heredoc",
        "A heredoc is used where not every builder reads one",
        _unbuilt(r"heredoc"),
        "RUN <<END is newer than the classic builder: that one runs the first line, or takes the "
        "lines below for instructions.",
        "Join the commands with && and a backslash at the ends of the lines.",
        "printf 'FROM alpine:3.20\\nRUN echo a && \\\\\\n    echo b\\n' | docker build -",
        (_REFERENCE + "#here-documents",),
        shows=_BUILD,
    ),
    Cause(
        "another-builder",
        "A # syntax= line asks for another builder",
        _unbuilt(r"download another builder|# ?syntax="),
        "The line makes Docker fetch a program from a registry and let that read the file: it can "
        "do anything, and without a network nothing is built.",
        "Take the line out: nothing here needs it.",
        "head -n 1 Dockerfile",
        (_REFERENCE + "#syntax",),
        shows="head -n 1 FILE",
    ),
    Cause(
        "run-needs-network",
        "A RUN step wants something from the internet",
        _network,
        "Images are built without a network here, so that a build gives the same image each time.",
        "Nothing has to be installed: use what is in the base image, or put the file beside the "
        "Dockerfile.",
        "printf 'FROM python:3.12\\nRUN pip install flask\\n' | docker build --network none -",
        (_REFERENCE + "#run---network",),
        shows="docker build --network none -t IMAGE -f FILE .",
    ),
    Cause(
        "run-killed",
        "A RUN step was killed for its memory",
        _unbuilt(r"RUN step .* was killed"),
        "137 is 128 + 9: the kernel ended the step with SIGKILL, because it wanted more "
        "memory than "
        "a build may have.",
        "Look at what the step loads at once.",
        "docker run --rm -m 64m python:3.12 python3 -c 'x = bytearray(1 << 30)'; echo $?",
        ("https://docs.docker.com/engine/containers/resource_constraints/",),
        shows="docker build -m 512m --memory-swap 512m -t IMAGE -f FILE .",
    ),
    Cause(
        "run-endless",
        "A RUN step does not end",
        _unbuilt(r"took longer than"),
        "RUN runs while the image is built, and the build waits until the command has ended: a "
        "program that is to run in containers never does.",
        "What containers are to run is said by ENTRYPOINT and CMD.",
        'printf \'FROM alpine:3.20\\nRUN sleep 5\\nCMD ["sleep", "1000"]\\n\' | docker build -',
        (_REFERENCE + "#run", _REFERENCE + "#cmd"),
        shows=_BUILD,
    ),
    Cause(
        "run-fails",
        "A RUN step ends with an error",
        _unbuilt(r"returned a non-zero code|did not complete successfully"),
        "An image is made only if every step ends with 0. What the command printed just "
        "before says "
        "what it did not find.",
        "Run the command by hand in a container of the image as it is just above that step.",
        "printf 'FROM alpine:3.20\\nRUN cp a b\\n' | docker build -\n"
        "docker run --rm -it alpine:3.20 sh   # and type it there",
        (_REFERENCE + "#run",),
        shows=_BUILD,
    ),
    Cause(
        "instruction-commented-out",
        "An instruction stands in a comment",
        _commented_out,
        "A line that begins with # is for people: Docker passes it over.",
        "Take the # away if the line is meant.",
        'printf \'FROM alpine:3.20\\n#CMD ["echo", "a"]\\n\' | docker build -q -t c -\n'
        "docker image inspect --format '{{json .Config.Cmd}}' c",
        (_REFERENCE + "#format",),
        shows="grep -n '^ *#' FILE",
    ),
)
