"""Lab folders found in whatever was handed in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.importers.lab_folders import collect
from grader.importers.listing import Broken, Listing, Member, TooLarge
from grader.submission.snapshot import MAX_BYTES, MAX_FILES
from tests.importers.packing import LAB, LABS, zipped


def _member(path: str, content: bytes = b"x") -> Member:
    def read(limit: int) -> bytes:
        del limit
        return content

    return Member(path, read)


def _collected(*paths: str, only: str = "") -> list[str]:
    content = collect(Listing(tuple(map(_member, paths))), LABS, only)
    return [*content.files, *content.problems]


@pytest.mark.parametrize(
    "place", ["", "repo-main/", "a/b/c/", f"{LAB}/", f"x/{LAB}/{LAB}/", "Final version (2)/"]
)
def test_a_lab_is_lifted_from_wherever_it_lies(place: str) -> None:
    """Also out of a folder of its own name that holds nothing else."""
    assert _collected(f"{place}{LAB}/Dockerfile-exec", f"{place}{LAB}/sub/x") == [
        f"{LAB}/Dockerfile-exec",
        f"{LAB}/sub/x",
    ]


@pytest.mark.parametrize(
    "name", [f"{LAB} (1)", f"{LAB} - Copy", LAB.upper(), LAB.replace("-", "_"), f"{LAB}-kopie"]
)
def test_a_folder_with_almost_a_labs_name_is_never_passed_over_in_silence(name: str) -> None:
    """Beside a lab that is there, or alone: somebody has to look."""
    for other in (("05-volumes/y",), ()):
        content = collect(Listing(tuple(map(_member, (f"{name}/Dockerfile-exec", *other)))), LABS)

        assert any(name in said and f"rename it to {LAB}" in said for said in content.problems)
        assert content.labs == (("05-volumes",) if other else ())


def test_a_copy_beside_the_lab_itself_is_no_problem() -> None:
    """The right name is taken."""
    assert _collected(f"{LAB}/a", f"{LAB} (1)/a") == [f"{LAB}/a"]


def test_a_heap_of_files_in_a_folder_takes_no_place() -> None:
    """What is asked for lies beside it."""
    heap = [f"{LAB}/data/{number:03}" for number in range(MAX_FILES + 50)]

    assert f"{LAB}/orders.py" in _collected(*heap, f"{LAB}/orders.py")


def test_another_labs_name_inside_a_lab_is_part_of_that_lab() -> None:
    """The outer folder decides."""
    assert _collected(f"{LAB}/05-volumes/x", f"{LAB}/y") == [f"{LAB}/y", f"{LAB}/05-volumes/x"]


def test_an_archive_inside_a_lab_is_material_and_stays_shut() -> None:
    """A Dockerfile may ADD it."""
    members = (_member(f"{LAB}/data.zip", zipped({"05-volumes/x": b""})),)

    content = collect(Listing(members), LABS)

    assert list(content.files) == [f"{LAB}/data.zip"]


def test_the_limits_are_those_of_reading_a_submission() -> None:
    """What is over them is left out here as it would be there, and said."""
    members = [_member(f"{LAB}/f{n:04}") for n in range(MAX_FILES + 5)]

    many = collect(Listing(tuple(members)), LABS)
    big = collect(
        Listing((_member(f"{LAB}/a"), Member(f"{LAB}/b", _too_large), _member(f"{LAB}/c"))), LABS
    )

    assert len(many.files) == MAX_FILES
    assert many.left_out == {f"{LAB}/...": f"more than {MAX_FILES} files; the rest was not read"}
    assert list(big.files) == [f"{LAB}/a", f"{LAB}/c"]
    assert "larger than 5 MiB" in big.left_out[f"{LAB}/b"]


def _too_large(limit: int) -> bytes:
    assert limit <= MAX_BYTES
    raise TooLarge(limit)


def test_half_of_a_broken_lab_is_not_taken() -> None:
    """It would be graded as if it were the whole; other labs are fine."""

    def broken(limit: int) -> bytes:
        del limit
        raise Broken("it is damaged")

    members = (_member(f"{LAB}/a"), Member(f"{LAB}/b", broken), _member("05-volumes/c"))

    content = collect(Listing(members), LABS)

    assert list(content.files) == ["05-volumes/c"]
    assert content.labs == ("05-volumes",)
    assert content.problems == (f"{LAB} was not taken: {LAB}/b: it is damaged.",)


NAMES = st.sampled_from([*LABS, f"{LAB}.zip", "a", "b.tar.gz", "c"])


@settings(max_examples=300, deadline=None)
@given(st.sets(st.lists(NAMES, min_size=1, max_size=4).map("/".join), max_size=6))
def test_whatever_is_handed_in_something_comes_out(paths: set[str]) -> None:
    """Files inside of the labs that were found, or problems; never both of one lab."""
    content = collect(Listing(tuple(_member(path) for path in sorted(paths))), LABS)

    for path in content.files:
        assert not content.labs or path.split("/")[0] in content.labs
    for lab in content.labs:
        assert any(path.startswith(f"{lab}/") for path in content.files)
