"""10,000 mutated specs: a Spec or a SpecError, nothing else, and never slowly."""

from __future__ import annotations

import os
import time

import pytest
from fakes.specs import FULL, mutated, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradewind.errors import Problem, SpecError
from tradewind.spec import loads

EXAMPLES = int(os.environ.get("TRADEWIND_TEST_MUTATIONS", "10000"))
PARTS = 10
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck), "max_examples": EXAMPLES // PARTS // 2}

BLOCK_STYLE = """\
name: churn   # a comment
provider: aws
train: &run
  command: >
    python train.py
    --epochs {epochs}
  parameters: {epochs: 20}
  inputs:
    - data
  env: {A: "${HOME:-x}"}
serve:
  <<: *run
  replicas: {min: 1, max: 4}
environments: {prod: {serve: {replicas: {min: 2}}}}
"""
TEXTS = [BLOCK_STYLE, written(FULL).replace(", ", ",\n ")]
BITS = [
    "\t",
    "\n",
    "  ",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "<<: *run",
    "${",
    "${X}",
    "}",
    '"',
    "'",
    "|",
    ">",
    "%",
    "@",
    "!",
]
BITS += [
    "!!python/name:os.system ",
    "---\n",
    "...\n",
    "\ufeff",
    "\x00",
    "é",
    "\u2028",
    "null",
    "~",
    "yes",
    "1e999",
    ".inf",
    "0x",
    "?",
]


@st.composite
def garbled(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 12))
        text = text[:at] + draw(st.sampled_from(BITS) | st.text(max_size=3)) + text[at + cut :]
    return text


def judge(text: str | bytes, environment: str | None = None, sets: tuple[str, ...] = ()) -> None:
    began = time.process_time()
    problems: tuple[Problem, ...] | None = None
    try:
        loads(text, environment=environment, sets=sets, environ={"HOME": "/h", "X": "1"})
    except SpecError as error:
        problems = error.problems
    assert problems is None or problems
    assert all(p.message and str(p).isprintable() for p in problems or ())
    assert time.process_time() - began < 10  # what is not linear takes minutes; a worker full of SDKs, a second


@pytest.mark.parametrize("part", range(PARTS))
@settings(**QUIET)
@given(document=mutated(), environment=st.sampled_from([None, "prod", "nope"]))
def test_mutated_values(part: int, document: object, environment: str | None) -> None:
    judge(written(document), environment)


@pytest.mark.parametrize("part", range(PARTS))
@settings(**QUIET)
@given(text=garbled())
def test_mutated_text(part: int, text: str) -> None:
    judge(text)


@pytest.mark.parametrize(
    "text",
    [
        "n\tame: ${churn\nprovider: aws\n",  # a key with a control character, and a variable below it
        'name: churn\nprovider: "a\\tb"\n',
        'name: churn\nenv: {"A\\u200b": "${X-}"}\n',
    ],
)
def test_control_characters_reach_no_terminal(text: str) -> None:
    judge(text)


@settings(deadline=None, max_examples=300)
@given(data=st.binary(max_size=200))
def test_bytes(data: bytes) -> None:
    judge(data)


PATHS = [
    "serve.replicas.max",
    "train.nodes",
    "foundation",
    "env.A",
    "a.b",
    "serve",
    "environments.x",
    "train.inputs.x.uri",
    "",
]


@settings(deadline=None, max_examples=500)
@given(path=st.sampled_from(PATHS) | st.text(max_size=12), value=st.sampled_from(BITS) | st.text(max_size=12))
def test_overrides(path: str, value: str) -> None:
    judge(written(FULL), sets=(f"{path}={value}", path + value))
