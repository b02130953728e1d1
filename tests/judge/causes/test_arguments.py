"""Causes around forms and arguments, on facts of the model varied one thing at a time."""

import pytest

from tests.judge.causes.varied import Line, causes_of

EXEC, CMD = ("python3", "main.py"), ("hello", "this", "is", "CMD")
SHELL = ("/bin/sh", "-c")
ENTRY = 'ENTRYPOINT ["sh", "-c", "exec python3 main.py %s"'


@pytest.mark.parametrize(
    ("line", "entrypoint", "got", "cause"),
    [
        (ENTRY % '\\"$*\\"' + ', "x"]', ("sh", "-c", 'exec python3 main.py "$*"', "x"),
         ("hello this is CMD",), "arguments-joined"),
        (ENTRY % '\\"$@\\"' + "]", ("sh", "-c", 'exec python3 main.py "$@"'),
         ("this", "is", "CMD"), "first-argument-swallowed"),
        ('ENTRYPOINT ["sh", "run.sh"]', ("sh", "run.sh"), (), "wrapper-drops-arguments"),
        ('ENTRYPOINT ["python3", "main.py", "hello", "this", "is", "CMD"]',
         (*EXEC, *CMD), (*CMD, *CMD), "defaults-in-entrypoint"),
    ],
)  # fmt: skip
def test_where_the_words_were_lost_is_said(
    line: str, entrypoint: tuple[str, ...], got: tuple[str, ...], cause: str
) -> None:
    """What ENTRYPOINT says, and what then arrived."""
    found = causes_of(
        Line("ENTRYPOINT", line), entrypoint, got, sources={"run.sh": "python3 main.py\n"}
    )

    assert found["exec-cmd-arguments"] == cause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ('["python3" "main.py"]', "list-missing-comma"),
        ("[python3, main.py]", "list-bare-words"),
        ("['python3', 'main.py']", "list-single-quotes"),
        ('["python3", "main.py",]', "list-trailing-comma"),
        ("[\u201cpython3\u201d, \u201cmain.py\u201d]", "list-typographic-quotes"),
    ],
)
def test_what_is_wrong_with_a_list_is_seen_in_the_file(text: str, cause: str) -> None:
    """One cause for the form, the program and its arguments."""
    found = causes_of(Line("ENTRYPOINT", f"ENTRYPOINT {text}"), (*SHELL, text), None)

    assert set(found.values()) == {cause}
    assert {"exec-runs", "exec-written"} <= found.keys()
