"""Image references come out in one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.build.dockerfile.image_reference import normalize

DIGEST = "sha256:" + "0a" * 32


@pytest.mark.parametrize(
    ("ref", "full"),
    [
        ("python", "docker.io/library/python:latest"),
        ("python:3.7", "docker.io/library/python:3.7"),
        ("library/python:3.7", "docker.io/library/python:3.7"),
        ("docker.io/python:3.7", "docker.io/library/python:3.7"),
        ("docker.io/library/python:3.7", "docker.io/library/python:3.7"),
        ("index.docker.io/library/python:3.7", "docker.io/library/python:3.7"),
        ("me/app", "docker.io/me/app:latest"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost:5000/app:1", "localhost:5000/app:1"),
        ("ghcr.io/a/b/c", "ghcr.io/a/b/c:latest"),
        ("123/app", "docker.io/123/app:latest"),
        ("Host/app", "Host/app:latest"),
        (f"python@{DIGEST}", f"docker.io/library/python@{DIGEST}"),
        (f"python:3.7@{DIGEST}", f"docker.io/library/python:3.7@{DIGEST}"),
        ("4bd2f1d80ec4", "docker.io/library/4bd2f1d80ec4:latest"),
        ("a__b---c.d", "docker.io/library/a__b---c.d:latest"),
        ("[::1]:5000/x", "[::1]:5000/x:latest"),
    ],
)
def test_spellings(ref: str, full: str) -> None:
    """Domain, `library/` and tag are filled in as Docker fills them in."""
    assert normalize(ref) == full
    assert normalize(full) == full


@pytest.mark.parametrize(
    "ref",
    [
        *("", " ", "python:", ":3.7", "Python", "a//b", "/a", "a/", "a:b:c", "a b", "python:3.7 "),
        *(
            "python\n",
            "python:3.7\n",
            "-a",
            "a-",
            "a___b",
            "a..b",
            "é",
            "python:é",
            "python@",
            "@x",
        ),
        *("python@sha256:12", f"python@{DIGEST.upper()}", "http://a/b", "$a", '"python"'),
        *("0a" * 32, "a" * 256, "python:" + "a" * 129, "a_.b/c", "x.y/Z"),
    ],
)
def test_invalid(ref: str) -> None:
    """What Docker takes for no name, or for an image ID, is refused."""
    with pytest.raises(ValueError, match="image"):
        normalize(ref)


@given(st.text(alphabet="aZ0.:/@_-[]é\n", max_size=40))
def test_settled_after_one_step(ref: str) -> None:
    """Whatever is a reference stays as it is when it is normalised again."""
    try:
        full = normalize(ref)
    except ValueError:
        return
    assert normalize(full) == full
