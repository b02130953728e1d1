"""JSON Schema of the files that authors write, made from the models that read them.

Editors complete and explain keys by it. It says less than the loader, which also compares what
the parts of a file say of one another: what the loader takes fits the schema, not always the other
way round.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from pydantic.json_schema import models_json_schema

from grader.core.models import Frozen
from grader.spec.assignment import Params
from grader.spec.keys import KEY_FILE, KEY_KINDS, KeyHead
from grader.spec.load import CheckHead, PartHead, QuestionHead, SpecHead
from grader.spec.observation_kinds import OBSERVATIONS
from grader.spec.public import SPEC_FILE
from grader.spec.questions import QUESTION_KINDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def schema_name(file: str) -> str:
    """Return the name of the schema of a file: `assignment.schema.json` of `assignment.yaml`."""
    return f"{file.removesuffix('.yaml')}.schema.json"


def assignment_schema(kinds: Mapping[str, type[Params]]) -> Schema:
    """Return the schema of assignment.yaml; `kinds` are the parameters of each kind of check."""
    heads: list[type[Frozen]] = [SpecHead, PartHead, CheckHead, QuestionHead]
    book = _Book([*heads, *kinds.values(), *OBSERVATIONS.values(), *QUESTION_KINDS.values()])
    check = book.one_of(kinds, CheckHead)
    for name in ("after", "hint"):  # one alone need not stand in a list
        several = check["properties"][name]
        check["properties"][name] = {"anyOf": [several["items"], several]}
    checks = {"type": "array", "minItems": 1, "items": check}
    question = book.one_of(QUESTION_KINDS, QuestionHead)
    observation = book.one_of(OBSERVATIONS)
    keys = {
        "observe": {"type": "object", "additionalProperties": observation},
        "parts": {"type": "array", "minItems": 1, "items": book.more(PartHead, {"checks": checks})},
        "questions": {"type": "array", "minItems": 1, "items": question},
    }
    found = book.more(SpecHead, keys)
    found["required"].remove("observe")
    found["required"].remove("questions")
    return book.document(found, "A lab: what is handed in, what happens to it, what is checked")


def key_schema() -> Schema:
    """Return the schema of key.yaml; which kind of answer a question has, its lab says."""
    book = _Book([KeyHead, *KEY_KINDS.values()])
    kinds = [book.refs[model] for model in KEY_KINDS.values()]
    answers = {"type": "object", "additionalProperties": {"anyOf": kinds}}
    found = book.more(KeyHead, {"answers": answers})
    return book.document(found, "The answers to a lab's questions, for staff")


def schema_of(model: type[Frozen], about: str) -> Schema:
    """Return the schema of a file that one model reads."""
    book = _Book([model])
    return book.document(book.more(model, {}), about)


def spec_files(kinds: Mapping[str, type[Params]]) -> dict[str, Schema]:
    """Return the schemas of a lab's files, by the name of each schema's file."""
    return {
        schema_name(SPEC_FILE): assignment_schema(kinds),
        schema_name(KEY_FILE): key_schema(),
    }


def schema_text(schema: Schema) -> str:
    """Return a schema as the text of its file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


class _Book:
    """The definitions of some models, and what is put together of them."""

    def __init__(self, models: Iterable[type[Frozen]]) -> None:
        once = dict.fromkeys(models)
        refs, found = models_json_schema([(model, "validation") for model in once])
        self.refs = {cast("type[Frozen]", model): ref for (model, _), ref in refs.items()}
        self._defs: Schema = _tidy(found["$defs"])

    def _of(self, model: type[Frozen]) -> Schema:
        return cast("Schema", self._defs[self.refs[model]["$ref"].removeprefix("#/$defs/")])

    def more(self, model: type[Frozen], keys: Schema) -> Schema:
        """Return the schema of a model with further keys that are required."""
        own = self._of(model)
        required = [*own.get("required", []), *keys]
        return _closed({**own["properties"], **keys}, required)

    def one_of(self, kinds: Mapping[str, type[Frozen]], head: type[Frozen] | None = None) -> Schema:
        """Return the schema of a mapping that has exactly one of the kinds as a key."""
        found = self.more(head, {}) if head else _closed({}, [])
        for kind, model in sorted(kinds.items()):
            found["properties"][kind] = self.refs[model]
        return {**found, "oneOf": [{"required": [kind]} for kind in sorted(kinds)]}

    def document(self, root: Schema, about: str) -> Schema:
        """Return a whole schema, with the definitions that it refers to and no others."""
        used: Schema = {}
        todo = list(_refs(root))
        while todo:
            name = todo.pop()
            if name not in used:
                used[name] = self._defs[name]
                todo += _refs(used[name])
        head = {"$schema": DIALECT, "title": about}
        return {**head, **root, "$defs": dict(sorted(used.items()))}


def _closed(properties: Schema, required: list[str]) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": dict(properties),
        "required": required,
    }


def _refs(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, entry in value.items():
            if key == "$ref":
                yield entry.removeprefix("#/$defs/")
            else:
                yield from _refs(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _refs(entry)


def _tidy(value: Any, *, names: bool = False) -> Any:
    """Return a schema without made-up titles; a mapping of ids takes ids only.

    `names` says that the keys of `value` are an author's, of which one may be called `title`.
    """
    if isinstance(value, list):
        return [_tidy(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    found = {
        key: _tidy(entry, names=not names and key in ("properties", "$defs"))
        for key, entry in value.items()
        if names or key != "title"
    }
    if not names and "patternProperties" in found:
        found["additionalProperties"] = False
    return found
