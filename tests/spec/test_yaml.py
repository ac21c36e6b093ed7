"""What is no deploy.yaml, or only looks like one: one clear error each, with its place, in no time."""

from __future__ import annotations

import time

import pytest

from tradewind.errors import SpecError
from tradewind.spec import loads

GOOD = "name: a\ntrain: {command: x}\n"
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
)

REFUSED: dict[str, tuple[str | bytes, str]] = {
    "UTF-16": (GOOD.encode("utf-16"), "d.yaml:1:1: is UTF-16"),
    "Latin-1": (b"name: caf\xe9\n", "d.yaml:1:10: is not UTF-8 (byte 0xe9)"),
    "nothing": ("", "d.yaml:1:1: is empty"),
    "comments alone": ("# hello\n", "d.yaml:1:1: is empty"),
    "a list": ("- a\n", "but is a list"),
    "a word": ("hello\n", "but is a single value"),
    "two documents": (GOOD + "---\n" + GOOD, "d.yaml:3:1: has a second document"),
    "a tab": ("name: a\ntrain:\n\tcommand: x\n", "d.yaml:3:1: is not YAML: a tab"),
    "a key twice": (GOOD + "name: b\n", "d.yaml:3:1: the key 'name' stands here twice (first on line 1)"),
    "a nested key twice": ("name: a\ntrain: {command: x, nodes: 1, nodes: 2}\n", "the key 'nodes' stands here twice"),
    "10 MB of comments": (GOOD + "#" * 10_000_000, "is too large for a deploy.yaml"),
    "10 MB of keys": ("a: 1\n" * 2_000_000, "is too large for a deploy.yaml"),
    "a billion laughs": (LAUGHS, "once its aliases (*name) are written out"),
    "an anchor inside of itself": ("name: &a [*a]\n", "*a stands inside of what it names"),
    "an unknown anchor": ("name: *x\n", "*x names no anchor"),
    "deep brackets": ("name: " + "[" * 100_000, "nest"),
    "deep blocks": ("".join(" " * i + "a:\n" for i in range(300)), "nested deeper than"),
    "a Python object": ("name: !!python/object/apply:os.system ['x']\n", "the tag"),
    "a NUL": ("name: a\x00b\n", "d.yaml:1:8: holds a control character (U+0000)"),
    "an open quote": ("name: 'a\n", "is not YAML"),
    "a second colon": ("name: a: b\n", "a second ': ' on one line"),
    "a reserved sign": ("name: @a\n", "d.yaml:1:7: is not YAML"),
    "a list as a key": ("? [a, b]\n: 1\n", "a key must be a text"),
    "a bare variable in braces": ("name: a\ntrain: {command: x, source: ${S}}\n", "must be quoted"),
    "a merge of no mapping": ("name: a\ntrain: {<<: 3, command: x}\n", "<< takes a mapping"),
    "thousands of mistakes": (GOOD + "".join(f"k{i}: v\n" for i in range(2000)), "k0: unknown key"),
    "endless digits": (
        "name: a\ntrain: {command: x, nodes: " + "9" * 6000 + "}\n",
        "train.nodes: must be a whole number",
    ),
    "an endless duration": (
        "name: a\ntrain: {command: x, max_runtime: '" + "1" * 100_000 + "'}\n",
        "a duration is written",
    ),
    "an endless path": ("name: a\ntrain: {command: x, source: '" + "a " * 50_000 + "\\x01'}\n", "is longer than"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_in_words_and_at_once(what: str) -> None:
    text, said = REFUSED[what]
    began = time.process_time()
    with pytest.raises(SpecError) as caught:
        loads(text, "d.yaml", environ={})
    assert time.process_time() - began < 10  # what is not linear takes minutes; a worker full of SDKs, a second
    assert said in str(caught.value)
    assert caught.value.exit == 2
    assert len(caught.value.problems) <= 101


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + GOOD,
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n"),
        GOOD + "...\n",
        "%YAML 1.1\n---\n" + GOOD,
        '{"name": "a", "train": {"command": "x"}}',
        "name: a\ntrain:\n  command: |\n    x\n    y\n",
    ],
)
def test_accepted(text: str | bytes) -> None:
    assert loads(text, environ={}).name == "a"


def test_no_value_is_more_than_it_looks_like() -> None:
    """YAML 1.1 would read these as a flag, a number to base 60, a date, octal and infinity."""
    spec = loads(
        "name: on\ndescription: no\ntags: {a: 12:30, b: 2024-01-01, c: 007, d: 1e3, e: true, f: 0o17}\n"
        "train: {command: x, parameters: {a: 1e-3, b: .inf, c: 0x10, d: 0o17, e: 012, f: yes}}\n",
        environ={},
    )
    assert (spec.name, spec.description) == ("on", "no")
    assert dict(spec.tags) == {"a": "12:30", "b": "2024-01-01", "c": "007", "d": "1e3", "e": "true", "f": "0o17"}
    assert spec.train is not None
    assert spec.train.parameters == {"a": 0.001, "b": ".inf", "c": 16, "d": 15, "e": 12, "f": "yes"}


@pytest.mark.parametrize(
    ("said", "meant"), [("3.12", "3.12"), ("3.10", "3.10"), ("'3.9'", "3.9"), ("3.1", "3.10"), ("3.11.4", "3.11.4")]
)
def test_a_version_is_read_as_it_is_written(said: str, meant: str) -> None:
    assert loads(f"name: a\nruntime: {{python: {said}}}\n", environ={}).runtime.python == meant


def test_merge_keys_and_aliases_are_written_out() -> None:
    spec = loads(
        "name: a\ntrain: {command: x, hardware: &small {cpus: 2, memory: 4GiB}}\n"
        "serve: {hardware: {<<: *small, cpus: 8}}\n",
        environ={},
    )
    assert spec.serve is not None
    assert spec.serve.hardware.cpus == 8
    assert spec.serve.hardware.memory == 4 * 2**30


def test_all_keys_that_stand_twice_and_all_other_problems_come_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        loads("name: a\nname: b\ntrain: {command: x, nodes: 0, nodes: 2}\nfoo: 1\n", "d.yaml", environ={})
    assert [(p.line, p.column) for p in caught.value.problems] == [(2, 1), (3, 28), (3, 31), (4, 1)]


def test_thousands_of_unset_variables_in_fifty_environments_are_refused_at_once() -> None:
    text = "name: a\nenv:\n" + "".join(f"  K{i}: ${{NOPE}}\n" for i in range(2200))
    text += "environments:\n" + "".join(f"  e{i}: {{serve: {{x: 1}}}}\n" for i in range(50))
    start = time.perf_counter()
    with pytest.raises(SpecError) as caught:
        loads(text, environ={})
    assert time.perf_counter() - start < 10  # as above
    assert len(caught.value.problems) == 101
    assert "more than 100 problems" in caught.value.problems[-1].message
