"""The bootstrap's small parts, each alone."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.training_jobs import failure, metrics
from tradewind.training_jobs.failure import Tail
from tradewind.training_jobs.parameters import fill
from tradewind.training_jobs.redact import Redactor


@pytest.mark.parametrize(
    ("command", "filled"),
    [
        ("run {n} {x} {flag}", "run 3 0.1 true"),
        ("{{n}} {{{n}}} }}", "{n} {3} }"),
        ("say {text}", "say 'a b; rm -rf $HOME'"),
        ("awk '{print $1}'", "awk '{print $1}'"),
        ("x ${{HOME}} $HOME {{n}}", "x ${HOME} $HOME {n}"),
        ("", ""),
    ],
)
def test_parameters_in_a_command(command: str, filled: str) -> None:
    found = fill(command, {"n": 3, "x": 0.1, "flag": True, "text": "a b; rm -rf $HOME"})
    assert found == filled


@given(st.text(max_size=50))
def test_a_parameter_is_one_word_to_the_shell_whatever_it_holds(value: str) -> None:
    assert shlex.split(fill("run {p}", {"p": value})) == ["run", value]


NASTY = (
    "a b", "it's", 'say "hi"', "$HOME", "`id`", "$(id)", "\\", "a\\nb", "-n", "*", "a;b", "#", "é", "{b}", "'\"'",
    "two\nlines", "!x",
)  # fmt: skip


@pytest.mark.parametrize("value", NASTY)
def test_a_parameter_is_one_text_in_whichever_quotes_it_stands(value: str) -> None:
    """As the shell itself reads it; in "..." it was once quoted a second time, and $HOME in it came alive."""
    command = (
        """printf '<%s>' {v} "{v}" '{v}' "a {v} b" x{v}y "$(printf %s {v})" "$(printf %s "{v}")" # don't {v}\n"""
        """printf '<%s>' "\\"{v}" '#' "{{(" {v}"""
    )
    said = subprocess.run(["sh", "-c", fill(command, {"v": value})], capture_output=True, check=True).stdout.decode()
    wanted = [value, value, value, f"a {value} b", f"x{value}y", value, value, f'"{value}', "#", "{(", value]
    assert said == "".join(f"<{text}>" for text in wanted)


NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name != "step")


@given(st.dictionaries(NAMES, st.floats(allow_nan=False), min_size=1), st.one_of(st.none(), st.integers(0, 10**9)))
def test_the_parser_reads_what_the_writer_writes(values: dict[str, float], step: int | None) -> None:
    text = "2026-01-01T00:00:00Z " + metrics.line(step, **values)
    assert metrics.parse(text) == [metrics.Metric(name, float(value), step) for name, value in values.items()]


@pytest.mark.parametrize(
    "text", ["", "loss=1", "xtw.metric loss=1", "tw.metricloss=1", "tw.metric", "tw.metric loss=abc"]
)
def test_lines_that_are_no_metrics(text: str) -> None:
    assert metrics.parse(text) == []


def test_metrics_that_cannot_be_written() -> None:
    for values in ({}, {"step ": 1.0}, {"a b": 1.0}):
        with pytest.raises(ValueError, match="metric"):
            metrics.line(None, **values)


@given(
    st.binary(max_size=60), st.lists(st.integers(1, 7), min_size=1), st.sampled_from(["secret", "aaaa", "abab\nabac"])
)
def test_no_secret_passes_however_the_stream_is_cut(noise: bytes, cuts: list[int], secret: str) -> None:
    data = noise + secret.encode() + noise + secret[:3].encode()
    redactor, shown, at = Redactor([secret]), b"", 0
    while at < len(data):
        size = cuts[at % len(cuts)]
        shown += redactor.feed(data[at : at + size])
        at += size
    shown += redactor.rest()
    assert secret.encode() not in shown
    if "\n" not in secret and not set(secret.encode()) & set(noise):
        assert shown == noise + b"***" + noise + secret[:3].encode()


def test_without_secrets_nothing_is_held_back() -> None:
    assert Redactor([]).feed(b"half") == b"half"
    assert Redactor(["ab"]).feed(b"ab") == b"ab", "so short a value would blacken every log"


def test_the_tail_is_bounded_and_knows_progress_bars() -> None:
    tail = Tail()
    out = tail.stream()
    for number in range(1000):
        out.feed(b"line %d\r\n" % number)
    out.feed(b"1%\r50%\r100%")
    lines = tail.lines()
    assert len(lines) == failure.MAX_LINES
    assert lines[-2:] == ["line 999", "100%"]
    out.feed(b"x" * 10_000_000)
    assert len(tail.lines()[-1]) <= failure.MAX_LINE
