"""docs/spec.md knows every kind of check, observation and step, with an example that is right."""

import json
import re
from typing import Any

import yaml

from grader.judge.check_kinds import PARAMS
from grader.spec.observation_kinds import OBSERVATIONS
from grader.spec.scenes import SceneSpec, Step
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "spec.md").read_text(encoding="utf-8")
# What opens a row of a table, as YAML: {kind: parameters}.
ROWS = [
    found
    for raw in re.findall(r"^\| `([a-z0-9]+: \{.*?\})` \|", TEXT, flags=re.MULTILINE)
    if isinstance(found := yaml.safe_load(raw), dict)
]
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)


def _examples(words: set[str]) -> dict[str, Any]:
    """Return the rows about these words; signatures, whose keys have no values, are none."""
    pairs = [next(iter(row.items())) for row in ROWS]
    return {word: value for word, value in pairs if word in words and None not in value.values()}


def test_every_kind_of_check_has_a_right_example() -> None:
    """As it would stand in a spec."""
    examples = _examples(set(PARAMS))

    assert set(examples) == set(PARAMS)
    for kind, value in examples.items():
        assert isinstance(PARAMS[kind].model_validate_json(json.dumps(value)), PARAMS[kind])


def test_every_observation_and_every_step_has_a_right_example() -> None:
    """The steps of all examples make one scene; observations are explained by their keys."""
    steps = [
        yaml.safe_load(line) for block in BLOCKS for line in re.findall(r"- (\{id: .*\})\n", block)
    ]
    places = {"networks": {"net": "internal"}, "volumes": ["data"], "folders": ["shared"]}

    scene = SceneSpec.model_validate_json(json.dumps({"steps": steps, **places}))

    assert {word for step in scene.steps for word in step.todo()} == set(Step.model_fields) - {"id"}
    rows = {word: set(value) for row in ROWS for word, value in row.items() if word in OBSERVATIONS}
    assert rows == {word: set(spec.model_fields) for word, spec in OBSERVATIONS.items()}
