"""docs/cost.md: its arithmetic done again, by hand here and by the estimates, from its own specs and the shipped prices."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tradewind.cost import own_file
from tradewind.cost.book import Book
from tradewind.cost.estimate import Fleet, Job, Place, ServeEstimate, estimate_serve, estimate_train
from tradewind.cost.profile import Scale
from tradewind.cost.span import Span
from tradewind.engine import load
from tradewind.machines import facts
from tradewind.machines.instance import Service
from tradewind.spec.loading import loads
from tradewind.spec.models import Spec

PAGE = (Path(__file__).parents[2] / "docs" / "cost.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))
BOOK = Book()
D = Decimal


def spec(name: str) -> Spec:
    return loads(BLOCKS[name], name, environ={})


def place(service: Service, region: str, instance: str) -> Place:
    known = facts.find(service, instance)
    assert known is not None
    return Place(service, region, instance, known.disk_gib is not None)


RUNS: list[tuple[str, Service, str, str, Decimal]] = [
    ("SageMaker us-east-1", "sagemaker", "us-east-1", "ml.p5.48xlarge", D("63.296")),
    ("Vertex AI us-central1", "vertex", "us-central1", "a3-highgpu-8g", D("101.007352") + 100 * D("0.0002678")),
    ("Azure ML eastus", "azureml", "eastus", "Standard_ND96isr_H100_v5", D("98.32")),
]


def rows(start: str, machine: str) -> list[str]:
    found = [line for line in PAGE.splitlines() if line.startswith(f"| {start} | {machine}")]
    assert len(found) == 1
    return [cell.strip() for cell in found[0].strip("|").split("|")]


@pytest.mark.parametrize(("title", "service", "region", "machine", "an_hour"), RUNS)
def test_the_run_of_8_h100(title: str, service: Service, region: str, machine: str, an_hour: Decimal) -> None:
    said = spec("8xh100.yaml").train
    assert said is not None
    assert (said.max_runtime, said.expected, said.nodes) == (timedelta(hours=2), timedelta(minutes=40), 1)
    made = estimate_train(BOOK, place(service, region, machine), Job(1, said.max_runtime, said.expected))
    assert made.total is not None
    assert made.total.high == 2 * an_hour
    assert abs(made.total.expected - an_hour * 2 / 3) < D("1e-20")
    *_, expected, highest = rows(title, machine)
    assert expected == f"2/3 h × {an_hour.normalize():f} = {made.total.expected:.3f}"
    assert highest == f"2 h × {an_hour.normalize():f} = **{made.total.high:.3f}**"
    assert bool(made.unknown) == ("unknown" in rows(title, machine)[2])


def test_the_same_run_interruptible() -> None:
    job = Job(1, timedelta(hours=2), spot=True)
    vertex = estimate_train(BOOK, place("vertex", "us-central1", "a3-highgpu-8g"), job).total
    an_hour = D("63.784411") + 100 * D("0.0002678")
    assert vertex is not None
    assert (vertex.expected, vertex.high) == (2 * an_hour, 2 * (D("101.007352") + D("0.02678")))
    assert f"2 h × {an_hour.normalize():f} = {vertex.expected:.3f} and at most {vertex.high:.3f} USD" in " ".join(
        PAGE.split()
    )
    aws = estimate_train(BOOK, place("sagemaker", "us-east-1", "ml.p5.48xlarge"), job).total
    assert aws == Span.exactly(D("126.592"))


ENDPOINTS: list[tuple[str, Service, str, str, Decimal]] = [
    ("SageMaker us-east-1", "sagemaker", "us-east-1", "ml.g4dn.xlarge", D("0.7364")),
    ("Vertex AI us-central1", "vertex", "us-central1", "n1-standard-4+T4:1", D("0.620999")),
    ("Azure ML eastus", "azureml", "eastus", "Standard_NC4as_T4_v3", D("0.526")),
]


def endpoint(where: Place) -> ServeEstimate:
    said = spec("t4-endpoint.yaml").serve
    assert said is not None
    assert said.replicas.target is not None
    scale = Scale(said.replicas.min, said.replicas.max, said.replicas.target.concurrency)
    return estimate_serve(BOOK, where, Fleet(scale, load.of(said, Path())))


@pytest.mark.parametrize(("title", "service", "region", "machine", "an_hour"), ENDPOINTS)
def test_the_endpoint_of_t4(title: str, service: Service, region: str, machine: str, an_hour: Decimal) -> None:
    made = endpoint(place(service, region, machine))
    total, thousand = made.month.total, made.thousand_requests
    assert total is not None
    assert thousand is not None
    assert (total.low, total.high) == (730 * an_hour, 20 * 730 * an_hour)
    assert abs(total.expected - D(38) / 24 * 730 * an_hour) < D("1e-18")
    cells = rows(title, machine)
    assert f"{an_hour} USD an hour" in cells[1]
    assert ("(computed)" in cells[1]) == made.hourly.derived
    assert cells[2:5] == [f"{total.low:.2f}", f"**{total.expected:.2f}**", f"{total.high:.2f}"]
    assert cells[5] == f"{total.expected:.2f} / 105,120 = {thousand.expected:.6f}"


def test_the_hours_of_the_day() -> None:
    said = spec("t4-endpoint.yaml").serve
    assert said is not None
    assert said.usage is not None
    requests = said.usage.requests_per_second
    by_replicas = {n: sum(max(1, -(-int(it) // 40)) == n for it in requests) for n in (1, 2, 3)}
    assert by_replicas == {1: 14, 2: 6, 3: 4}
    for hours, count in by_replicas.items():
        assert f"| {hours} | {hours * count} |" in PAGE
    assert sum(requests) == 960
    assert endpoint(place("sagemaker", "us-east-1", "ml.g4dn.xlarge")).shape.monthly == 105_120_000


def test_the_page_s_price_file_is_one() -> None:
    text = BLOCKS["our-prices.yaml"]
    own = own_file.reads(text, "our-prices.yaml")
    book = replace(BOOK, own=own)
    assert book.rate("sagemaker", "serve", "us-east-1", "ml.g5.xlarge").amount == D("1.05")
    assert book.rate("vertex", "train", "europe-west4", "g2-standard-8").currency == "EUR"
    prices = re.search(r"```yaml\n(prices:\n.*?)```", PAGE, re.DOTALL)
    assert prices is not None
    assert loads("name: a\n" + prices[1], environ={}).prices is not None
