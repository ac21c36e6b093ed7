"""A team's own price file: what is wrong in it is told with line and column, all at once."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.cost.own import OwnPrice
from tradewind.cost.own_file import read, reads
from tradewind.errors import Exit, SpecError

GOOD = """\
date: 2026-11-01
prices:
  - {provider: aws, region: us-east-1, instance: ml.g5.xlarge, use: serve, amount: 1.05 USD, spot: 0.4 USD}
  - {provider: vertexai, instance: "g2-*", amount: 0.70000001 EUR}
"""


def test_rows_as_they_are_written() -> None:
    found = reads(GOOD, "our.yaml")
    assert found.date == "2026-11-01"
    assert found.rows == (
        OwnPrice("sagemaker", "ml.g5.xlarge", Decimal("1.05"), "USD", "us-east-1", "serve", Decimal("0.4"), 3),
        OwnPrice("vertex", "g2-*", Decimal("0.70000001"), "EUR", line=4),
    )


def wrong(text: str | bytes) -> list[tuple[int, int, str]]:
    with pytest.raises(SpecError) as caught:
        reads(text, "our.yaml")
    assert caught.value.code == "TW068"
    assert caught.value.exit == Exit.USAGE
    assert {problem.file for problem in caught.value.problems} == {"our.yaml"}
    return [(p.line, p.column, str(p)) for p in caught.value.problems]


@pytest.mark.parametrize(
    ("row", "line", "column", "said"),
    [
        ("{provider: amazon, instance: a, amount: 1 USD}", 3, 16, "only aws, gcp and azure"),
        ("{provider: local, instance: a, amount: 1 USD}", 3, 16, "only aws, gcp and azure"),
        ("{provider: aws, instance: a, amount: 1.05}", 3, 42, "a price is written like 1.2345 USD"),
        ("{provider: aws, instance: a, amount: $1.05}", 3, 42, "a price is written like 1.2345 USD"),
        ("{provider: aws, instance: a, amount: -1 USD}", 3, 42, "a price is written like 1.2345 USD"),
        ("{provider: aws, instance: a}", 3, 5, "amount: is required"),
        ("{provider: aws, instnce: a, amount: 1 USD}", 3, 21, "did you mean 'instance'?"),
        ("{provider: aws, instance: a, use: serving, amount: 1 USD}", 3, 39, "must be train or serve"),
        ("{provider: aws, instance: 'a b', amount: 1 USD}", 3, 31, "an instance is named as its cloud does"),
        ("{provider: aws, instance: a, amount: 1 USD, spot: 1 EUR}", 3, 55, "must be in USD, as `amount` is"),
    ],
)
def test_what_is_wrong_in_a_row(row: str, line: int, column: int, said: str) -> None:
    problems = wrong(f"date: 2026-11-01\nprices:\n  - {row}\n")
    assert any(said in text and at == line for at, _, text in problems), problems
    assert (line, column) in {(at, col) for at, col, _ in problems}, problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prices: [{provider: aws, instance: a, amount: 1 USD}]", "date: is required"),
        ("date: 1 November\nprices: [{provider: aws, instance: a, amount: 1 USD}]", "a date is written like"),
        ("date: 2026-11-01\nprices: []", "holds no price"),
        ("date: 2026-11-01\nprices: [a, b", "our.yaml:"),
        ("- a", "our.yaml:"),
        (b"date: \xff", "is not UTF-8"),
    ],
)
def test_what_is_wrong_with_the_file(text: str | bytes, said: str) -> None:
    assert any(said in shown for _, _, shown in wrong(text))


def test_two_rows_about_the_very_same_are_refused_and_everything_is_told_at_once() -> None:
    same = "  - {provider: aws, instance: a, amount: 1 USD}\n"
    problems = wrong(f"date: 2026-11-01\nprices:\n{same}{same.replace('aws', 'sagemaker')}")
    assert [(line, "line 3" in text) for line, _, text in problems] == [(4, True)]
    two = wrong("date: x\nprices:\n  - {provider: aws, instance: a, amount: 1}\n  - {provider: x}\n")
    assert [line for line, _, _ in two] == sorted(line for line, _, _ in two)
    assert {line for line, _, _ in two} == {1, 3, 4}


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"prices\.file: our\.yaml is not there"):
        read(tmp_path / "our.yaml", "our.yaml")
    with pytest.raises(SpecError, match="cannot be read"):
        read(tmp_path, "our.yaml")
    (tmp_path / "our.yaml").write_text(GOOD)
    assert len(read(tmp_path / "our.yaml", "our.yaml").rows) == 2


@given(st.integers(0, len(GOOD)), st.integers(0, 6), st.text("{}[]:,- \n\t'\"&*!?#|>%@aA0.€\x00", max_size=4))
def test_whatever_is_changed_in_it_is_read_or_told(at: int, gone: int, put: str) -> None:
    text = GOOD[:at] + put + GOOD[at + gone :]
    with suppress(SpecError):  # anything else is a traceback
        found = reads(text, "our.yaml")
        assert found.rows
        assert all(row.amount >= 0 for row in found.rows)


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_no_bytes_are_a_traceback(data: bytes | str) -> None:
    with pytest.raises(SpecError):
        reads(data, "our.yaml")
