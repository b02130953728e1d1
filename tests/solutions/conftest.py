"""Grades the overlays of a module side by side, before its tests ask for them one by one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.observe.session import Session
from tests.solutions.grading import Grades, grading


@pytest.fixture(scope="module")
def grades(
    request: pytest.FixtureRequest, session: Session, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Grades]:
    """Yield the grades of the overlays that this module's chosen tests are about."""
    with grading(session, tmp_path_factory.mktemp("submissions")) as found:
        # A worker of pytest-xdist does not know which tests it will be given.
        if not hasattr(request.config, "workerinput"):
            found.start(
                overlay
                for item in request.session.items
                if isinstance(item, pytest.Function) and item.path == request.path
                if hasattr(item, "callspec")
                if isinstance(overlay := item.callspec.params.get("overlay"), Path)
            )
        yield found
