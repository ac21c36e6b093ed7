"""The JSON Schema and the models say the same: what one accepts, the other does."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.grammar import Drawer
from fakes.specs import FULL, SMALL, disagreement, mutated, problems, validator, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict

from tradewind.spec import loads, schema

QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def without_variables(node: Any) -> Any:
    if isinstance(node, list):
        return [without_variables(item) for item in node if item != {"$ref": "#/$defs/Interpolated"}]
    return {key: without_variables(value) for key, value in node.items()} if isinstance(node, dict) else node


PLAIN = without_variables(schema())


@st.composite
def drawn(draw: st.DrawFn) -> Any:
    return Drawer(PLAIN).draw(draw, PLAIN)


def test_a_stock_validator_accepts_the_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("document", [FULL, SMALL])
def test_both_accept_the_whole_grammar(document: dict[str, Any]) -> None:
    assert not problems(document)
    assert not list(validator().iter_errors(document))


def test_steps_that_are_not_used_must_still_be_steps() -> None:
    document = {
        "name": "a",
        "train": {"command": "true"},
        "serve": {"rollout": {"strategy": "blue_green", "steps": [[]]}},
    }
    assert problems(document)
    assert not disagreement(document)


@pytest.mark.parametrize("part", range(4))
@settings(max_examples=300, **QUIET)
@given(document=mutated())
def test_on_mutations_of_valid_documents(part: int, document: dict[str, Any]) -> None:
    assert not disagreement(document), written(document)


@pytest.mark.parametrize("part", range(2))
@settings(max_examples=300, **QUIET)
@given(document=drawn())
def test_on_documents_drawn_from_the_schema(part: int, document: Any) -> None:
    assert not disagreement(document), written(document)


def test_the_drawn_documents_are_mostly_accepted_and_the_mutated_mostly_refused() -> None:
    """So that the two tests above look at both sides."""
    seen = {"drawn": 0, "mutated": 0}

    @settings(max_examples=100, database=None, derandomize=True, **QUIET)
    @given(one=drawn(), other=mutated())
    def count(one: Any, other: Any) -> None:
        seen["drawn"] += not problems(one)
        seen["mutated"] += bool(problems(other))

    count()
    assert seen["drawn"] > 40
    assert seen["mutated"] > 10


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("train", "spot"), True),
        (("serve", "model"), "train"),
        (("train", "framework"), "sklearn"),
        (("train", "nodes"), 0),
        (("train", "max_runtime"), 90),
        (("train", "hardware"), {"memory": 16}),
        (("env",), {"DB_PASSWORD": "x"}),
        (("environments",), {"default": {}}),
        (("serve", "mode"), "async"),
        (("local",), {"port": 70_000}),
    ],
)
def test_both_refuse(path: tuple[str, ...], value: Any) -> None:
    document: dict[str, Any] = {"name": "a", "train": {"command": "x", "image": "a/b"}, "serve": {"model": "./model"}}
    if path == ("serve", "model"):
        del document["train"]
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    assert problems(document)
    assert list(validator().iter_errors(document))


def test_variables_may_stand_wherever_a_value_is() -> None:
    document = {
        "name": "${N}",
        "train": {
            "command": "x",
            "nodes": "${K}",
            "spot": "${S}",
            "hardware": {"cpus": "${C}", "gpu": "${G}", "memory": "${M}"},
        },
        "serve": {"model": "${U}", "rollout": {"strategy": "${R}", "steps": ["${K}"]}, "request": {"timeout": "${T}"}},
        "budget": {"run": "${B}"},
        "environments": {"prod": {"protect": "${S}"}},
    }
    assert not list(validator().iter_errors(document))


class Acme(BaseModel):
    model_config = ConfigDict(extra="forbid")
    region: str
    size: int = 3


def test_a_plug_ins_block_is_in_the_schema() -> None:
    check = Draft202012Validator(schema({"acme": Acme}))
    assert check.is_valid({"name": "a", "acme": {"region": "x"}})
    assert not check.is_valid({"name": "a", "acme": {"region": "x", "sise": 1}})
    spec = loads(
        "name: a\nprovider: acme\nacme: {region: x, size: '${N}'}\n", environ={"N": "4"}, blocks={"acme": Acme}
    )
    assert spec.block("acme") == Acme(region="x", size=4)


def test_every_key_is_described() -> None:
    for name, made in schema()["$defs"].items():
        for key, said in made.get("properties", {}).items():
            assert said.get("description"), f"{name}.{key} has no text"
