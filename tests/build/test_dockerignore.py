"""What .dockerignore leaves out. The tables are from builds by docker's own command line."""

import pytest

from grader.build.dockerignore import MOST_PATTERNS, DockerignoreError, left_out

FILES = (
    *("main.py", "run.sh", "README.md", ".env", "Dockerfile-exec", "a[1].txt", ".dockerignore"),
    *("data/a.txt", "data/deep/b.txt", "data/deep/c.sh", "src/x.py", "src/y z.py"),
)
DATA = {"data/a.txt", "data/deep/b.txt", "data/deep/c.sh"}


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("*.sh", {"run.sh"}),
        ("\ufeff*.sh", {"run.sh"}),
        ("**/*.sh", {"run.sh", "data/deep/c.sh"}),
        ("data", DATA),
        ("data/", DATA),
        ("/data", DATA),
        ("./data/*", DATA),
        ("data/**", DATA),
        ("data/*\n!data/a.txt", DATA - {"data/a.txt"}),
        ("*\n!main.py\n!src", set(FILES) - {"main.py", "src/x.py", "src/y z.py"}),
        ("*\n!src/x.py", set(FILES) - {"src/x.py"}),
        ("!main.py\n*", set(FILES)),
        ("# *.py\n\n  *.md  \n", {"README.md"}),
        ("MAIN.PY", set()),
        ("data/*/b.txt", {"data/deep/b.txt"}),
        ("src/y z.py", {"src/y z.py"}),
        ("src/y?z.py", {"src/y z.py"}),
        ("[mr]*", {"main.py", "run.sh"}),
        ("[^m]*", set(FILES) - {"main.py"}),
        ("[!m]*", {"main.py"}),
        ("a\\[1].txt", {"a[1].txt"}),
        ("../main.py", set()),
        ("data/../main.py", {"main.py"}),
        (".", set()),
        ("/", set()),
        ("**/", set(FILES)),
        ("**/deep", {"data/deep/b.txt", "data/deep/c.sh"}),
        (".dockerignore\nDockerfile*", {".dockerignore", "Dockerfile-exec"}),
        ("data/deep\n!data/deep/b.txt", {"data/deep/c.sh"}),
        ("{main,run}.*", set()),
        ("*/*.txt", {"data/a.txt"}),
        ("! main.py", set()),
        ("**/b.txt/", {"data/deep/b.txt"}),
        ("src/**/x.py", {"src/x.py"}),
        # BuildKit's; the classic builder does not look into a folder that is left out.
        ("**\n!**/*.py", set(FILES) - {"main.py", "src/x.py", "src/y z.py"}),
    ],
)
def test_a_file_is_left_out_as_docker_build_leaves_it_out(text: str, out: set[str]) -> None:
    """By the last line that matches it or a folder above it."""
    assert left_out(text.encode(), FILES) == out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("*.py\n*.s[h", "line 2"),
        ("!", "line 1: nothing stands behind the !"),
        ("a\n" * (MOST_PATTERNS + 1), "more than 1000 lines"),
        ("[z-a]", "line 1"),
        ("?" * 400_000, "line 1"),
    ],
)
def test_what_docker_build_stops_at_is_named(text: str, words: str) -> None:
    """With the line."""
    with pytest.raises(DockerignoreError, match=words):
        left_out(text.encode(), FILES)


def test_no_file_takes_long_to_read() -> None:
    """Neither one of many lines nor one whose stars other matchers try in all combinations."""
    assert left_out(b"*a" * 400 + b"b", ["a" * 2000]) == frozenset()
