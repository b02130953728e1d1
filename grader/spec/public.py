"""The part of a lab that students may see: names of files, and the spec without hidden checks.

Works on plain values, so that the wheel's build hook can use it where nothing but PyYAML is.
"""

import json
import re

from grader.spec import yaml
from grader.spec.yaml import Value

SPEC_FILE = "assignment.yaml"
README = "README.md"
NOTEBOOK = "answers.ipynb"

SCHEMAS = ".schemas"  # beside the labs, in a checkout as in a release
SCHEMA = "assignment.schema.json"
# The line by which editors find the schema of a spec.
MODELINE = f"# yaml-language-server: $schema=../{SCHEMAS}/{SCHEMA}\n"
_HEAD = f"{MODELINE}# The public spec of this lab. docs/spec.md of the grader explains every key.\n"


def student_files(text: str) -> tuple[str, ...]:
    """Return the names a lab can hold for students, in order; YamlError if it is no YAML.

    Whatever else lies in the lab's folder stays with the author. Names are the spec's own words:
    a spec that `grader lint` refuses may give anything.
    """
    submission = _mapping(_mapping(yaml.load(text).value).get("submission"))
    named = [*_strings(submission.get("files")), *_strings(submission.get("provided"))]
    return tuple(sorted({README, SPEC_FILE, NOTEBOOK, *named}))


def public_spec(text: str) -> str:
    """Return a spec's text without its hidden checks and what only they observe.

    A spec that hides nothing comes back as it is. Of one that does, the comments are left out
    too: they may say what is hidden.
    """
    return public_text(text, yaml.load(text).value)


def public_text(text: str, loaded: Value) -> str:
    """Return the same for a spec's text that was loaded already."""
    value = _mapping(loaded)
    parts = [_mapping(part) for part in _sequence(value.get("parts"))]
    shown = [_shown(part) for part in parts]
    if shown == parts:
        return text
    kept = [part for part in shown if part["checks"]]
    checks = [_mapping(check) for part in kept for check in _sequence(part["checks"])]
    public: dict[str, Value] = {**value, "parts": [*kept]}
    questions = [_mapping(question) for question in _sequence(value.get("questions"))]
    rows = (*checks, *questions)
    public["points"] = sum(p for row in rows if isinstance(p := row.get("points"), int))
    _keep_used(public, "observe", _observed(checks))
    hidden = [
        check
        for part in parts
        for check in map(_mapping, _sequence(part.get("checks")))
        if check.get("hidden") is True
    ]
    if "observe" in public:
        public["observe"] = {
            name: _without_steps(_mapping(body), _named(hidden, name) - _named(checks, name))
            for name, body in _mapping(public["observe"]).items()
        }
    texts = json.dumps([public.get("observe"), public["parts"]], ensure_ascii=False)
    words = _mapping(value.get("words"))
    _keep_used(public, "words", {word for word in words if f"{{{word}}}" in texts})
    return _HEAD + yaml.dump(public)


def _shown(part: dict[str, Value]) -> dict[str, Value]:
    checks = [_mapping(check) for check in _sequence(part.get("checks"))]
    return {**part, "checks": [check for check in checks if check.get("hidden") is not True]}


def _observed(checks: list[dict[str, Value]]) -> set[str]:
    """Return the observations that checks name: a kind's parameter for that is always `of`."""
    kinds = [_mapping(body) for check in checks for body in check.values()]
    return {of for kind in kinds if isinstance(of := kind.get("of"), str)}


def _named(checks: list[dict[str, Value]], observation: str) -> set[str]:
    """Return the words that checks of an observation give: the steps they look at among them."""
    kinds = [_mapping(body) for check in checks for body in check.values()]
    texts = [json.dumps(kind) for kind in kinds if kind.get("of") == observation]
    return {word for text in texts for word in re.findall(r'"([a-z0-9-]+)"', text)}


def _without_steps(observation: dict[str, Value], secret: set[str]) -> dict[str, Value]:
    """Return an observation without those steps of its scene, as far as no other needs them."""
    scene = _mapping(observation.get("scene"))
    steps = [_mapping(step) for step in _sequence(scene.get("steps"))]
    kept = [step for step in steps if step.get("id") not in secret]
    while True:
        texts = json.dumps([{**step, "id": ""} for step in kept])
        needed = {word for word in secret if re.search(rf'["{{:]{re.escape(word)}["}}:]', texts)}
        again = [step for step in steps if step.get("id") not in secret - needed]
        if len(again) == len(kept):
            break
        kept = again
    if len(kept) == len(steps):
        return observation
    return {**observation, "scene": {**scene, "steps": [*kept]}}


def _keep_used(spec: dict[str, Value], key: str, used: set[str]) -> None:
    kept = {name: body for name, body in _mapping(spec.get(key)).items() if name in used}
    if kept:
        spec[key] = kept
    else:
        spec.pop(key, None)


def _mapping(value: Value) -> dict[str, Value]:
    return value if isinstance(value, dict) else {}


def _sequence(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []


def _strings(value: Value) -> list[str]:
    return [entry for entry in _sequence(value) if isinstance(entry, str)]
