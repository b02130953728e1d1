"""Words with variables become what the Docker builder makes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.build.dockerfile.expand import CannotExpandError, Scope


def scope(escape: str = "\\") -> Scope:
    """Return the scope below `ARG V=3.7 EMPTY=`, each in an ARG of its own."""
    found = Scope(escape)
    found.set_args(["V=3.7"])
    found.set_args(["EMPTY="])
    return found


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("python", "python"),
        ("$V", "3.7"),
        ("${V}", "3.7"),
        ("python:$V-slim", "python:3.7-slim"),
        ("a$Vb", "a"),
        ("a${V}b", "a3.7b"),
        ("$NOT", ""),
        ("${V:-d}", "3.7"),
        ("${NOT:-d}", "d"),
        ("${NOT-d}", "d"),
        ("${EMPTY:-d}", "d"),
        ("${EMPTY-d}", ""),
        ("${V:+a}", "a"),
        ("${V+a}", "a"),
        ("${NOT:+a}", ""),
        ("${EMPTY:+a}", ""),
        ("${EMPTY+a}", "a"),
        ("${V:?e}", "3.7"),
        ("${V?e}", "3.7"),
        ("${EMPTY?e}", ""),
        ("${NOT:-${V}}", "3.7"),
        ("${NOT:-'a}'}", "a}"),
        ("'$V'", "$V"),
        ('"$V"', "3.7"),
        ('"a\\"b"', 'a"b'),
        ('"a\\b"', "a\\b"),
        ("\\$V", "$V"),
        ("p\\ython", "python"),
        ("py'th'\"on\"", "python"),
        ("a$", "a$"),
        ("$.", "$."),
        ("a\\", "a"),
        ("\ufeffpython", "python"),
    ],
)
def test_values(word: str, value: str) -> None:
    """Quotes go, escapes go, variables are replaced."""
    assert scope().expand(word) == value


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("${V", "missing"),
        ("${V:-a", "missing"),
        ("'a", "closing '"),
        ('"a', 'closing "'),
        ("${}", "no variable name"),
        ("${:-a}", "no variable name"),
        ("${V#3}", "not known to every Docker version"),
        ("${V%7}", "not known to every Docker version"),
        ("${V/3/4}", "not known to every Docker version"),
        ("${V:x}", "not known"),
        ("${V.x}", "not a form"),
        ("${NOT:?e}", "NOT has no value"),
        ("${NOT?e}", "NOT has no value"),
        ("${EMPTY:?e}", "EMPTY has no value"),
        ("$1", "no variable"),
        ("${1:-a}", "no variable"),
        ("$$", "no variable"),
        ("$Vé", "no variable"),
        ("${TARGETARCH:-x}", "not set"),
        ("${HTTP_PROXY:-x}", "not set"),
        ("${a:-" * 60 + "}" * 60, "inside each other"),
    ],
)
def test_refusals(word: str, why: str) -> None:
    """What has no value for sure is refused with the reason."""
    with pytest.raises(CannotExpandError, match=why):
        scope().expand(word)


def test_backtick_escapes() -> None:
    """With another escape character the backslash is a letter like any other."""
    assert scope("`").expand("a`$V\\b") == "a$V\\b"


def test_arguments_see_earlier_ones() -> None:
    """An ARG may use the ARGs above it, and the last one of a name counts."""
    found = scope()
    found.set_args(["B=python:$V"])
    found.set_args(["V=2"])

    assert found.expand("$B $V") == "python:3.7 2"


def test_several_arguments_in_one_line() -> None:
    """Builders disagree on what such a variable sees, so it has no value."""
    found = scope()
    found.set_args(["A=1", "B=$A", "C=$V"])

    assert found.expand("$A") == "1"
    for word in ("$B", "$C"):
        with pytest.raises(CannotExpandError, match="sets several"):
            found.expand(word)


def test_stage_inherits_by_declaration() -> None:
    """A stage sees a global ARG only after an ARG of its own without default."""
    stage = scope().stage((), None)
    with pytest.raises(CannotExpandError, match="V is not set"):
        stage.expand("$V")
    stage.set_args(["V"])

    assert stage.expand("$V") == "3.7"


def test_env_beats_arg() -> None:
    """ENV counts, whether it stands above or below ARG, and in stages built on this one."""
    stage = Scope("\\").stage((), None)
    stage.set_env([("X", "env")])
    stage.set_args(["X=arg"])
    child = stage.stage((), stage)
    child.set_args(["X=arg"])

    assert (stage.expand("$X"), child.expand("$X")) == ("env", "env")


def test_env_sees_what_stood_above_it() -> None:
    """The pairs of one ENV do not see each other."""
    stage = Scope("\\").stage((), None)
    stage.set_env([("X", "1")])
    stage.set_env([("X", "2"), ("Y", "$X")])

    assert stage.expand("$X $Y") == "2 1"


def test_base_image_may_beat_arg() -> None:
    """An ARG counts only if the base image cannot set the same name."""
    for base_env in (None, ("X",)):
        stage = Scope("\\").stage(base_env, None)
        stage.set_args(["X=1"])
        with pytest.raises(CannotExpandError, match="base image may set X"):
            stage.expand("$X")
        assert stage.expand("$X", trust_args=True) == "1"


def test_unknown_values_stay_unknown() -> None:
    """A value that uses an unknown variable is unknown itself, with the first reason."""
    stage = Scope("\\").stage(None, None)
    stage.set_env([("A", "$PATH")])
    stage.set_env([("B", "x${A:-y}")])

    with pytest.raises(CannotExpandError, match="PATH is not set in this file"):
        stage.expand("$B")


def test_growth_is_bounded() -> None:
    """A variable that doubles itself is stopped long before it fills the memory."""
    stage = Scope("\\").stage((), None)
    stage.set_env([("A", "x" * 10)])
    for _ in range(60):
        stage.set_env([("A", "$A$A")])

    with pytest.raises(CannotExpandError, match="64 KiB"):
        stage.expand("$A")


@given(st.text(alphabet="aV${}:-+?#%/'\"\\ `é", max_size=60))
def test_any_word_expands_or_is_refused(word: str) -> None:
    """Whatever the word, nothing but CannotExpandError comes out, and no more than promised."""
    found = scope()
    try:
        value = found.expand(word)
    except CannotExpandError:
        return
    assert len(value) <= found.most(word)
