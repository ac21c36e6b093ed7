"""What `deploy cost compare` answers beside a second reckoning from the collected tables, in code of its own (oracle/)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cost.oracle import reckoning
from cost.oracle.asked import Asked, specs
from fakes.shell import deploy

SEED, MANY = 20261125, 240
SERVICES = {"aws": "sagemaker", "gcp": "vertex", "azure": "azureml"}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("part", range(8))
def test_specs_at_random(part: int, here: Path) -> None:
    """Each machine, price and case, to nine digits."""
    wrong = []
    for number, asked in enumerate(specs(SEED + part, MANY // 8)):
        wrong += [f"{SEED + part}/{number}: {said}\n   {asked.yaml}" for said in differences(asked, here)]
    assert not wrong, f"{len(wrong)} differ\n" + "\n".join(wrong[:20])


def differences(asked: Asked, folder: Path) -> Iterator[str]:
    (folder / "deploy.yaml").write_text(asked.yaml)
    (folder / "own.yaml").write_text(asked.own_yaml)
    said = deploy("cost", "compare", "--regions", ",".join(asked.regions), "--output", "json")
    assert said.code == 0, said.err + asked.yaml
    seen = set()
    for target in said.json["targets"]:
        service, region = SERVICES[target["provider"]], target["region"]
        seen.add(region)
        yield from (f"{region}: {one}" for one in _total(target))
        for use in ("train", "serve"):
            if (part := target[use]) is not None:
                answer = reckoning.answer(asked, service, region, use)
                yield from (f"{region} {use}: {one}" for one in _differences(part, answer, asked, use))
    assert seen == set(asked.regions)
    order = [target["total"]["expected"] for target in said.json["targets"] if _runs(target)]
    if order != sorted(order):
        yield f"not the cheapest first: {order}"


def _runs(target: Any) -> bool:
    dollars = all(target[use] is None or target[use]["amount"]["currency"] == "USD" for use in ("train", "serve"))
    return bool(target["possible"] and dollars and target["total"]["expected"] is not None)


def _total(target: Any) -> Iterator[str]:
    """Run and month together; unknown where one is, or where they are in two currencies."""
    amounts = [target[use]["amount"] for use in ("train", "serve") if target[use] is not None]
    for case in ("low", "expected", "high"):
        parts = [amount[case] for amount in amounts]
        known = None not in parts and len({amount["currency"] for amount in amounts}) == 1
        if not _same(target["total"][case], sum(parts) if known else None):
            yield f"{case} of the total {target['total'][case]}, of its parts {parts}"


def _differences(part: Any, answer: reckoning.Answer | None, asked: Asked, use: str) -> Iterator[str]:
    machine = part["machine"] and part["machine"]["id"]
    if machine != (answer and answer.machine):
        yield f"machine {machine}, by the tables {answer}"
    if answer is None or machine != answer.machine:
        return
    paid, amount = answer.paid, part["amount"]
    spot = paid.spot if paid and use == "train" else None
    pairs = {
        "each": (part["each"]["amount"], paid and paid.amount),
        "spot": (part["spot"] and part["spot"]["amount"], spot),
        **{
            case: (amount[case], answer.cases and answer.cases[i]) for i, case in enumerate(("low", "expected", "high"))
        },
    }
    for name, (said, reckoned) in pairs.items():
        if not _same(said, reckoned):
            yield f"{machine} {name} {said}, by the tables {reckoned}"
    for name, cases in (("thousand_requests", answer.thousand), ("million_tokens", answer.million)):
        said = part[name] and [part[name][case] for case in ("low", "expected", "high")]
        if bool(said) != bool(cases) or (cases and not all(map(_same, said, cases))):
            yield f"{machine} {name} {said}, by the tables {cases}"
    if bool(amount["unknown"]) != (answer.small or paid is None):
        yield f"{machine} unknown: {amount['unknown']}, by the tables {answer}"
    if paid is not None and part["each"]["currency"] != paid.currency:
        yield f"{machine} in {part['each']['currency']}, by the tables {paid.currency}"
    count = asked.nodes if use == "train" else max(1, asked.least)
    if part["count"] != count:
        yield f"{part['count']} machines, asked for {count}"


def _same(said: float | None, reckoned: Any) -> bool:
    if said is None or reckoned is None:
        return said is None and reckoned is None
    return math.isclose(said, float(reckoned), rel_tol=1e-9)
