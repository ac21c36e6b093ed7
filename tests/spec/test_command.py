"""Filling parameters into a command."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.spec.command import fill, placeholders


@pytest.mark.parametrize(
    ("command", "filled"),
    [
        ("train --epochs {epochs}", "train --epochs 20"),
        ("train --deep {deep} --name {name}", "train --deep true --name 'a b; rm -rf /'"),
        ("awk '{{print $1}}' {epochs}", "awk '{print $1}' 20"),
        ("x ${{HOME}} $HOME {{epochs}}", "x ${HOME} $HOME {epochs}"),
        ("x {rate}", "x 0.001"),
        ("{{{epochs}}}", "{20}"),
    ],
)
def test_fill(command: str, filled: str) -> None:
    parameters = {"epochs": 20, "deep": True, "name": "a b; rm -rf /", "rate": 1e-3}
    assert fill(command, parameters) == filled


@given(st.text(max_size=30).filter(lambda text: "\0" not in text))
def test_a_value_stays_one_word_of_the_shell(value: str) -> None:
    assert shlex.split(fill("run {x}", {"x": value})) == ["run", value]


def test_placeholders_are_named_once() -> None:
    assert list(placeholders("{a} {b} {a} {{c}}")) == [("a", ""), ("b", "")]


def test_an_unknown_parameter_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        fill("{a}", {})
