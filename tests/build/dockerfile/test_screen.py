"""Everything below FROM that must not reach the engine, and the honest files that may."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.build.dockerfile.parser import DockerfileSyntaxError, parse
from grader.build.dockerfile.screen import Refusal, screen

# Seconds; an idle machine needs a tenth to a half of one, quadratic work would need minutes.

FROM = "FROM python:3.7\n"


def refusals(text: str) -> tuple[Refusal, ...]:
    """Return what the screen says with one allowed image."""
    return screen(parse(text), ["python:3.7"])


def rules(text: str) -> list[str]:
    """Return the rules broken below a good FROM line."""
    return [each.rule for each in refusals(FROM + text + "\n")]


@pytest.mark.parametrize(
    "text",
    [
        'RUN python3 -c "print(1<<2)"',
        "RUN cat <<< x",
        "RUN echo http://example.org/ && curl https://example.org/x",
        'LABEL x="ADD http://"',
        "ADD archive.tar.gz /x",
        "ADD --chown=1:1 a b /x/",
        'ADD ["a b.tar", "/x"]',
        "ADD a http://x",
        "ADD '$x' /y",
        "ENV F=main.py\nADD $F /x",
        'ENV F main.py\nADD "${F}" ${F:-x} /x/',
        "# syntax=docker/dockerfile:1\nRUN x",
        "# escape=`\nRUN x",
        'RUN echo "--mount=type=cache"',
        "RUN -- echo",
        "RUN echo \\\n  --network=host",
        "RUN echo ONBUILD",
        "ONBUILD RUN x",
        "onbuild ADD http://x /y",
        'ONBUILD CMD ["x"]',
        'CMD ["a"] # words',
        'HEALTHCHECK CMD ["a"]]',
        "WORKDIR /app\nWORKDIR sub/../../app",
        "WORKDIR /developer\nWORKDIR /system/proc\nWORKDIR /a/dev",
        "WORKDIR /proc\\ess",
        "ENV D=/app\nWORKDIR $D/x",
        "ARG PORT=8080\nEXPOSE $PORT 8000-8010/tcp 53/udp",
        "ENV PATH=/x:$PATH\nENV PATH=/y:$PATH",
        "ENV foo.bar-baz_1=x A=' \" '",
        'HEALTHCHECK --interval=5s CMD ["true"]',
        'STOPSIGNAL SIGTERM\nUSER nobody\nVOLUME /data\nSHELL ["/bin/bash", "-c"]',
        "CMD ['python3']",
        "COPY $UNKNOWN /x",
        "COPY user@host /x",
        "RUN echo caf\u00e9 \u4f60\u597d \U0001f600",
        "RUN a \\\r\n && b\r",
        "RUN grep '\\\\' x",
    ],
)
def test_honest(text: str) -> None:
    """Honest instructions pass, those that look like a forbidden one included."""
    assert rules(text) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("RUN --mount=type=bind,from=evil,target=/x ls", "run-flag"),
        ("RUN --network=host ls", "run-flag"),
        ("RUN --security=insecure ls", "run-flag"),
        ("RUN --m\\ount=type=secret ls", "run-flag"),
        ('RUN --"network"=host ls', "run-flag"),
        ("RUN \\\n --device=x ls", "run-flag"),
        ('run --x ["ls"]', "run-flag"),
        ("RUN <<EOF\nADD http://x /y\nEOF", "heredoc"),
        ("RUN cat <<-'E' && x\nE", "heredoc"),
        ("COPY <<a <<b /x/\na\nb", "heredoc"),
        ("ADD 3<<E /x\nE", "heredoc"),
        ("RUN a \\\n <<E\nE", "heredoc"),
        ("RUN ${x#y} <<E\nE", "heredoc"),
        ('ADD ["main.py", "/x"] http://x /y', "json-tail"),
        ('COPY ["main.py", "/x"] # mine', "json-tail"),
        ("EXPOSE 1-65535", "expose"),
        ("EXPOSE 000001-65535", "expose"),
        ("EXPOSE 1:1-60 2:1-60", "expose"),
        ("ARG P=1-65535\nEXPOSE $P", "expose"),
        ("EXPOSE ${P:-1-65535}", "expose"),
        ("RUN a \\\\\nRUN b", "continuation"),
        ("ADD a b\\\\ \t\nRUN c /y", "continuation"),
        ("RUN a \\\r\r\nADD http://x /y", "characters"),
        ("ADD \ufeffa /y", "characters"),
        ("RUN a\0", "characters"),
        ("RUN\va", "characters"),
        ("RUN echo \x1b[2J", "characters"),
        ("RUN a\rb", "characters"),
        ("RUN a\x85b", "characters"),
    ],
)
def test_other_rules(text: str, rule: str) -> None:
    """Each of these is refused for exactly one reason."""
    assert rules(text) == [rule]


@pytest.mark.parametrize(
    "text",
    [
        "WORKDIR /proc",
        "WORKDIR /proc/self/fd/8",
        'WORKDIR "/proc"/self',
        "WORKDIR //proc/self",
        "WORKDIR /./sys",
        "WORKDIR /a/../dev/fd",
        "WORKDIR /a/../../..//proc",
        "WORKDIR ../../proc/self",
        "WORKDIR proc",
        "WORKDIR /\nWORKDIR proc",
        "WORKDIR /app\nWORKDIR ../proc",
        "ENV P=proc\nWORKDIR /$P/self",
        "ENV P=/proc\nWORKDIR ${P}",
        "ENV P=x\nWORKDIR /${P:+proc}",
        "WORKDIR /pr\\oc",
        "WORKDIR \\\n/proc",
        "WOR\u212aDIR /proc",
        "WORKDIR $NOTHING",
        "WORKDIR /${NOTHING:-app}",
        "ARG LANG=a/b/c\nWORKDIR /$LANG/../../proc",
        "ARG D=/app\nWORKDIR $D",
    ],
)
def test_workdir(text: str) -> None:
    """No way of writing it leads into the kernel's directories, nor does an open variable."""
    assert rules(text) == ["workdir"]


@pytest.mark.parametrize("trigger", ["ONBUILD RUN x", "onbuild ADD http://x /y", "ONBUILD"])
def test_a_trigger_that_a_later_stage_would_run(trigger: str) -> None:
    """Below the later FROM nothing is written that could be looked at."""
    found = refusals(f"FROM python:3.7 AS a\n{trigger}\nFROM a\n")

    assert [(each.line, each.rule) for each in found] == [(2, "onbuild")]


def test_workdir_follows_stages() -> None:
    """A stage goes on in the directory of the stage it starts from."""
    found = refusals("FROM python:3.7 AS a\nWORKDIR /x\nFROM a\nWORKDIR ../proc\n")

    assert [each.line for each in found] == [4]
    assert "leads to /proc" in found[0].reason


def test_all_problems_in_order() -> None:
    """Every problem is reported, by line, whatever rule found it."""
    found = refusals(
        "# syntax=x\nFROM evil\nRUN --network=host a\nADD http://x /y\nRUN b \\\\\nWORKDIR /proc\n"
        "FROM 0\nCOPY --from=evil a b\n"
    )

    assert [(each.line, each.rule) for each in found] == [
        (1, "directive"),
        (2, "from"),
        (3, "run-flag"),
        (4, "add-url"),
        (5, "continuation"),
        (6, "workdir"),
        (7, "from"),
        (8, "copy-from"),
    ]


def test_student_text_is_short_and_visible() -> None:
    """Quoted text is cut, and nothing in it can move the reader's cursor or turn the text round."""
    found = refusals("FROM evil\u202e\x1b[2J\n" + FROM + "ADD http://" + "y" * 5000 + " /y\n")

    assert "evil\\u202e\\x1b[2J" in found[1].reason
    assert all(each.reason.isprintable() for each in found)
    assert max(len(each.reason) for each in found) < 300


PIECES = [
    *("FROM python:3.7\n", "FROM python:3.7 AS a\n", "FROM a\n", "FROM $A\n", "ARG A=", "ARG A\n"),
    *("ENV A=", "ADD ", "COPY ", "COPY --from=", "WORKDIR ", "RUN ", "EXPOSE ", "ONBUILD "),
    *("$A", "${A:-", "}", "http://x ", "'", '"', "\\", "[", '"a",', "]", "/proc", "..", "/", "a "),
    *("\n", "\n", "\n", "\\\n", " ", "=", "<<E\n", "E\n", "#", "syntax=x", "0", "-", "\r", "\0"),
]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join) | st.text())
def test_any_text_is_screened(text: str) -> None:
    """Whatever parses is screened without an error, with lines of the file."""
    try:
        dockerfile = parse("FROM python:3.7\n" + text)
    except DockerfileSyntaxError:
        return
    found = screen(dockerfile, ["python:3.7"], ["main.py"])

    assert [each.line for each in found] == sorted(each.line for each in found)
    assert all(1 <= each.line <= len(dockerfile.lines) for each in found)
    assert all(each.reason.isprintable() and ";" in each.reason for each in found)
