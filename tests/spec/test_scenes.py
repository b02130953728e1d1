"""What a scene may not say: the host is no place for students' containers."""

import pytest
from pydantic import ValidationError

from grader.spec.scenes import SceneSpec

_ASK = '{"id": "asked", "request": {"from": "host", "to": "%s"}}'


@pytest.mark.parametrize(
    "step",
    [
        '{"id": "one", "start": {"image": "demo", "network": "host"}}',
        '{"id": "one", "occupy": {"network": "host"}}',
        _ASK % "192.0.2.1:80",
        _ASK % "localhost:80",
        _ASK % "127.0.0.1.example.org:80",
    ],
)
def test_nothing_runs_in_the_hosts_network_or_looks_around_there(step: str) -> None:
    """From the host a scene may ask for ports of its own address, and that is all."""
    with pytest.raises(ValidationError, match=r"127\.0\.0\.1"):
        SceneSpec.model_validate_json(f'{{"steps": [{step}]}}')


def test_a_published_port_is_asked_at_the_hosts_own_address() -> None:
    """The one thing that is done from the host."""
    scene = SceneSpec.model_validate_json(f'{{"steps": [{_ASK % "127.0.0.1:{port:one:80}"}]}}')

    assert scene.steps[0].request is not None


_START = '{"id": "one", "start": {"image": "demo"}}'


@pytest.mark.parametrize(
    ("places", "step", "problem"),
    [
        ("", '{"id": "a", "start": {"image": "demo", "network": "net"}}', "no network 'net'"),
        ("", '{"id": "a", "request": {"from": "net", "to": "x:80"}}', "no network 'net'"),
        ("", '{"id": "a", "occupy": {"network": "net"}}', "no network 'net'"),
        ("", '{"id": "a", "start": {"image": "demo", "mounts": {"v": "/v"}}}', "or folder 'v'"),
        ("", '{"id": "a", "append": {"volume": "v", "path": "f", "line": "x"}}', "or folder 'v'"),
        ("", '{"id": "a", "read": {"folder": "v", "path": "f"}}', "or folder 'v'"),
        ("", '{"id": "a", "says": {"of": "two", "line": "x"}}', "no earlier step starts 'two'"),
        ("", '{"id": "a", "stop": {"of": "a"}}', "no earlier step starts 'a'"),
        ("", '{"id": "a", "stop": {"of": "one"}, "remove": {"of": "one"}}', "does exactly one of"),
        ("", '{"id": "a"}', "does exactly one of"),
        ("", '{"id": "one", "stop": {"of": "one"}}', "two steps have the same id"),
        ("", '{"id": "a", "jump": {"of": "one"}}', "Extra inputs are not permitted"),
        ('"networks": {"net": "wide"}, ', _START, "'internal' or 'open'"),
    ],
)
def test_what_a_step_names_has_to_be_there(places: str, step: str, problem: str) -> None:
    """Networks, volumes, folders and containers, and one thing to do."""
    with pytest.raises(ValidationError, match=problem):
        SceneSpec.model_validate_json(f'{{{places}"steps": [{_START}, {step}]}}')


def test_a_scene_without_steps_is_a_mistake() -> None:
    """There would be nothing to look at."""
    with pytest.raises(ValidationError, match="at least 1 item"):
        SceneSpec.model_validate_json('{"steps": []}')


def test_every_text_of_a_step_is_searched_for_words() -> None:
    """So that a word nobody declared is found wherever it stands."""
    steps = [
        '{"id": "one", "start": {"image": "demo", "args": ["{a}"], "env": {"X": "{b}"}}}',
        '{"id": "two", "says": {"of": "one", "line": "{c}"}}',
        '{"id": "three", "append": {"volume": "v", "path": "f", "line": "{d}"}}',
        '{"id": "four", "read": {"volume": "v", "path": "f", "holding": "{e}"}}',
        '{"id": "five", "request": {"from": "none", "to": "x:80", "path": "/{f}", "body": "{g}"}}',
        '{"id": "six", "count": {"of": "one", "line": "{h}"}}',
    ]
    spec = SceneSpec.model_validate_json(f'{{"volumes": ["v"], "steps": [{", ".join(steps)}]}}')

    found = " ".join(spec.texts())

    assert [letter for letter in "abcdefgh" if f"{{{letter}}}" not in found] == []
