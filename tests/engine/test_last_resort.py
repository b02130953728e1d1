"""The engine's own `ps`: whatever it answers, it is a table or a reason."""

import docker
import pytest
import requests

from grader.core.errors import EngineFault
from grader.engine import last_resort
from grader.engine.records import container_record


def _not_found() -> requests.Response:
    response = requests.Response()
    response.status_code = 404
    return response


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"Titles": ["PID", "USER"], "Processes": [["1", "root"]]}, "another table"),
        ({"Titles": ["PID"], "Processes": [["1", "0", "?", "?", "?", "sh"]]}, "another table"),
        ("a web page", "no table"),
        (docker.errors.APIError("500: bad -o argument 'caught'"), "does not tell what is needed"),
        (docker.errors.APIError("no", _not_found()), "cannot be asked"),
    ],
)
def test_an_answer_of_ps_that_is_no_table_is_nobodys_fault(answer: object, why: str) -> None:
    """BusyBox's ps knows no masks (HTTP 500), another prints other columns."""
    record = container_record({"Id": "a", "State": {"Pid": 7, "Running": True}})

    with pytest.raises(EngineFault, match=why):
        last_resort.processes(_Top(answer), record)


def test_an_engine_that_cannot_ask_for_what_has_ended_says_that_it_ended() -> None:
    """Docker answers 409 there, and it is no fault."""
    refused = _not_found()
    refused.status_code = 409
    record = container_record({"Id": "a", "State": {"Pid": 7, "Running": True}})

    found = last_resort.processes(_Top(docker.errors.APIError("ended", refused)), record)

    assert found == ()


class _Top:
    """The one call of docker-py's client that asks for processes, with an answer or an error."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def top(self, _: str, __: str) -> object:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer
