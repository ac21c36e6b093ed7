"""Specs at random, by one seed: what is asked for, in plain values, and the deploy.yaml that says it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

NAMES = (
    "T4", "T4G", "L4", "L40S", "A10", "A10G", "A100", "A100-40GB", "A100-80GB", "H100", "H100-NVL", "H200", "V100",
    "V100-32GB", "P4", "MI300X", "RTX-PRO-6000", "B200", "GB200",
)  # fmt: skip
REGIONS = {
    "sagemaker": (
        "us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1", "ap-southeast-1",
        "ap-south-1", "eu-north-1", "sa-east-1",
    ),
    "vertex": (
        "us-central1", "us-east1", "us-east4", "us-west1", "us-west4", "europe-west1", "europe-west3", "europe-west4",
        "asia-northeast1", "asia-southeast1",
    ),
    "azureml": ("eastus", "eastus2", "westus2", "westus3", "westeurope", "japaneast", "swedencentral", "southeastasia"),
}  # fmt: skip
FEW = ("ap-south-1", "eu-north-1", "sa-east-1")  # hardly any price was read there


@dataclass(frozen=True)
class Card:
    """By name, or by the memory of one in GiB."""

    count: int
    name: str = ""
    memory: float = 0


@dataclass(frozen=True)
class Need:
    cpus: float = 0
    memory: float = 0  # GiB
    disk: int = 0  # GiB
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True)
class OwnRow:
    provider: str
    instance: str
    region: str
    use: str
    amount: Decimal
    currency: str
    spot: Decimal | None
    line: int


@dataclass(frozen=True)
class Load:
    """`duty` in per cent, or requests a second in equal parts of a period; `each` is milliseconds of one request."""

    duty: int | None = None
    requests: tuple[int, ...] = ()
    each: int = 0
    tokens: int = 0  # a second, of one replica

    @property
    def said(self) -> dict[str, Any]:
        made: dict[str, Any] = {"duty": f"{self.duty}%"} if self.duty is not None else {}
        made |= {"requests_per_second": list(self.requests)} if self.requests else {}
        made |= {"request_time": f"{self.each}ms"} if self.each else {}
        return made | ({"tokens_per_second": self.tokens} if self.tokens else {})


@dataclass(frozen=True)
class Asked:
    train: Need | None
    serve: Need | None
    nodes: int
    spot: bool
    longest: int  # minutes
    expected: int  # 0: not said
    least: int
    most: int
    target: tuple[str, int] | None  # concurrency, requests or cpu
    load: Load | None
    named: dict[tuple[str, str], str]  # machine types, by provider and use
    kept: int  # minutes that SageMaker keeps machines after a run
    serves_on_spot: bool  # Vertex AI alone does
    boot: str  # Vertex AI's kind of disk, "" where nothing is said
    discount: dict[str, int]  # per cent
    own: tuple[OwnRow, ...]
    regions: tuple[str, ...]

    @property
    def yaml(self) -> str:
        """JSON is YAML, and says what it says."""
        image = {cloud: f"example.com/it:1-{cloud}" for cloud in ("aws", "gcp", "azure")}
        made: dict[str, Any] = {"name": "it", "provider": "aws"}
        if self.train:
            made["train"] = {"command": "python train.py", "image": image, "hardware": _hardware(self.train)}
            made["train"] |= {"nodes": self.nodes, "spot": self.spot, "max_runtime": f"{self.longest}m"}
            made["train"] |= {"expected": f"{self.expected}m"} if self.expected else {}
            made["train"] |= {"checkpoint": {"uri": "s3://bucket/points"}} if self.spot else {}
        if self.serve:
            made["serve"] = {"model": "s3://bucket/model.tar.gz", "image": image, "hardware": _hardware(self.serve)}
            made["serve"]["replicas"] = {"min": self.least, "max": self.most}
            made["serve"]["replicas"] |= {"target": {self.target[0]: _much(*self.target)}} if self.target else {}
            made["serve"] |= {"usage": self.load.said} if self.load else {}
        for (provider, use), machine in self.named.items():
            made.setdefault(provider, {})[use] = _block(provider, machine)
        if self.serves_on_spot:
            made.setdefault("gcp", {}).setdefault("serve", {})["spot"] = True
        if self.boot:
            made.setdefault("gcp", {}).setdefault("train", {})["boot_disk"] = self.boot
        if self.kept:
            made.setdefault("aws", {}).setdefault("train", {})["keep_alive"] = f"{self.kept}m"
        said = {"discount": {cloud: f"{share}%" for cloud, share in self.discount.items()}} if self.discount else {}
        made |= {"prices": said | ({"file": "own.yaml"} if self.own else {})} if said or self.own else {}
        return json.dumps(made)

    @property
    def own_yaml(self) -> str:
        """One row a line, from the third on: a later row may win over an earlier."""
        rows = [f"  - {json.dumps(_own(row))}" for row in self.own]
        return "\n".join(["date: '2026-11-01'", "prices:", *rows, ""])


def _much(name: str, value: int) -> int | str:
    return f"{value}%" if name == "cpu" else value


def _block(provider: str, machine: str) -> dict[str, str]:
    key = {"aws": "instance_type", "gcp": "machine_type", "azure": "vm_size"}[provider]
    name, _, cards = machine.partition("+")
    return {key: name} | ({"accelerator": cards} if cards else {})


def _own(row: OwnRow) -> dict[str, str]:
    made = {"provider": row.provider, "instance": row.instance, "region": row.region}
    made |= {"use": row.use} if row.use else {}
    made["amount"] = f"{row.amount:f} {row.currency}"
    return made | ({"spot": f"{row.spot:f} {row.currency}"} if row.spot is not None else {})


def _hardware(need: Need) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if need.cpus:
        made["cpus"] = f"{need.cpus:g}+"
    if need.memory:
        made["memory"] = f"{need.memory:g}GiB+"
    if need.disk:
        made["disk"] = f"{need.disk}GiB+"
    if need.cards:
        made["gpu"] = [
            {"name": one.name, "count": one.count}
            if one.name
            else {"memory": f"{one.memory:g}GiB+", "count": one.count}
            for one in need.cards
        ]
    return made


def specs(seed: int, many: int) -> Iterator[Asked]:
    dice = random.Random(seed)
    for _ in range(many):
        yield _spec(dice)


def _spec(dice: random.Random) -> Asked:
    parts = dice.choice(("train", "serve", "both"))
    longest = dice.choice((10, 45, 60, 95, 480, 1440))
    least = dice.choice((0, 1, 1, 2, 5))
    kinds = {"train": parts != "serve", "serve": parts != "train"}
    return Asked(
        train=_need(dice) if parts != "serve" else None,
        serve=_need(dice) if parts != "train" else None,
        nodes=dice.choice((1, 1, 1, 2, 7)),
        spot=dice.random() < 0.4,
        longest=longest,
        expected=dice.choice((0, 0, 5, longest)),
        least=least,
        most=max(1, least + dice.choice((0, 1, 9))),
        target=dice.choice((None, ("concurrency", 8), ("concurrency", 1), ("requests", 3), ("cpu", 60))),
        load=_load(dice),
        named={
            (provider, use): dice.choice(names)
            for provider, names in NAMED.items()
            for use, there in kinds.items()
            if there and dice.random() < 0.15
        },
        serves_on_spot=kinds["serve"] and dice.random() < 0.2,
        boot=dice.choice(("", "pd-ssd", "pd-standard")) if kinds["train"] and dice.random() < 0.2 else "",
        kept=30 if kinds["train"] and dice.random() < 0.1 else 0,
        discount=dice.choice(({}, {}, {}, {"aws": 12}, {"gcp": 40, "azure": 5}, {"aws": 33, "gcp": 7, "azure": 50})),
        own=_own_rows(dice) if dice.random() < 0.3 else (),
        regions=tuple(name for names in REGIONS.values() for name in dice.sample(names, 3)),
    )


def _need(dice: random.Random) -> Need:
    cards: tuple[Card, ...] = ()
    kind = dice.random()
    if kind < 0.45:
        names = dice.sample(NAMES, dice.choice((1, 1, 2, 3)))
        cards = tuple(Card(dice.choice((1, 1, 1, 2, 4, 8)), name) for name in names)
    elif kind < 0.6:
        cards = (Card(dice.choice((1, 1, 2, 4, 8)), memory=dice.choice((4, 8, 12, 16, 24, 32, 40, 48, 80, 96, 181))),)
    elif kind < 0.7:
        sizes = dice.sample((16, 24, 40, 48, 80, 94, 141, 181), 2)
        cards = tuple(Card(dice.choice((1, 2, 4, 8)), memory=size) for size in sizes)
    elif kind < 0.75:
        cards = (Card(dice.choice((1, 4)), dice.choice(NAMES)), Card(dice.choice((1, 2)), memory=dice.choice((24, 48))))
    return Need(
        cpus=dice.choice((0, 0, 1, 2, 4, 8, 16, 33, 96)),
        memory=dice.choice((0, 0, 0.5, 4, 16, 30, 64, 200, 900)),
        disk=dice.choice((0, 0, 0, 50, 400, 5000)),
        cards=cards,
    )


MACHINES = {
    "aws": ("ml.g5.xlarge", "ml.t2.medium", "ml.g5.*", "ml.c7i.*", "ml.p5.48xlarge", "ml.p5e.48xlarge", "ml.c7g.large"),
    "gcp": ("g2-standard-4", "n1-standard-4+T4:1", "g2-*", "e2-*", "a3-highgpu-8g", "c3-standard-4", "a4x-highgpu-4g"),
    "azure": ("Standard_NC4as_T4_v3", "Standard_F2s_v2", "Standard_NV*", "Standard_D*", "Standard_ND96isr_H100_v5"),
}  # fmt: skip


NAMED = {  # whatever is needed: without a price, Arm, throttled, not portable, not offered for that use, with cards
    "aws": ("ml.g5.xlarge", "ml.p5e.48xlarge", "ml.c7g.large", "ml.t2.medium", "ml.trn1.2xlarge", "ml.x9.large"),
    "gcp": ("n1-standard-4+T4:1", "n1-highmem-8+V100:1", "g2-standard-8", "a4x-highgpu-4g", "ct5lp-hightpu-1t", "c3-standard-4"),
    "azure": ("Standard_NC4AS_T4_V3", "Standard_NV6ads_A10_v5", "Standard_D2s_v5", "Standard_ND96is_MI300X_v5"),
}  # fmt: skip


def _load(dice: random.Random) -> Load | None:
    kind, tokens = dice.random(), dice.choice((0, 0, 1800))
    if kind < 0.4:
        return Load(tokens=tokens) if tokens else None
    if kind < 0.6:
        return Load(duty=dice.choice((0, 35, 100)), tokens=tokens)
    parts = dice.choice((1, 24, 24, 168))
    return Load(None, tuple(dice.choice((0, 0, 1, 7, 40, 300)) for _ in range(parts)), dice.choice((50, 333)), tokens)


def _own_rows(dice: random.Random) -> tuple[OwnRow, ...]:
    rows: dict[tuple[str, ...], OwnRow] = {}
    for _ in range(dice.choice((1, 2, 4))):
        provider = dice.choice(tuple(MACHINES))
        instance = dice.choice(MACHINES[provider])
        service = {"aws": "sagemaker", "gcp": "vertex", "azure": "azureml"}[provider]
        region = dice.choice(("*", "*", "eu*", "us*", *REGIONS[service]))
        use = dice.choice(("", "", "train", "serve"))
        amount = Decimal(dice.choice(("0.01", "0.05", "0.9", "1.05", "40")))
        spot = dice.choice((None, None, amount / 2, amount * 3))
        currency = dice.choice(("USD", "USD", "USD", "EUR"))
        key = (provider, instance, region, use)
        rows.setdefault(key, OwnRow(provider, instance, region, use, amount, currency, spot, 3 + len(rows)))
    return tuple(rows.values())
