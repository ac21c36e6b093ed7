"""All that the build makes, in memory: files by path, what is left out, and how the rules compare with figures on file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tradewind.cost import catalogue, stored
from tradewind.cost.build import azureml, machines, sagemaker, sagemaker_types, vertex, vertex_types
from tradewind.cost.build.left import Left
from tradewind.cost.build.rows import Row
from tradewind.cost.stored import Price
from tradewind.machines import facts
from tradewind.machines.instance import Instance, Service

HOMES: Mapping[Service, str] = {"sagemaker": "us-east-1", "vertex": "us-central1", "azureml": "eastus"}
SPOT_USES: Mapping[Service, tuple[str, ...]] = {
    "sagemaker": ("train",),  # an endpoint's instances are always on demand
    "vertex": ("train", "serve"),
    "azureml": ("train",),  # managed online endpoints take no spot or low-priority machines
}
_INSTANCES: Mapping[Service, Callable[[Iterable[Row], list[Left]], Iterator[Instance]]] = {
    "sagemaker": machines.of_sagemaker,
    "vertex": machines.of_vertex,
    "azureml": machines.of_azureml,
}


@dataclass(frozen=True)
class Made:
    files: Mapping[Path, str]
    left: tuple[Left, ...]
    prices: Mapping[str, Sequence[Price]]


def make(rows: Sequence[Row]) -> Made:
    """Raises ValueError where sources contradict each other."""
    left = list(_no_rule(rows))
    files: dict[Path, str] = {}
    shipped: dict[str, Sequence[Price]] = {}
    for service in facts.services():
        instances = {it.id: it for it in _INSTANCES[service](rows, left)}
        shipped[service] = [price for price in _prices(service, rows) if _taken(price, service, instances, left)]
        left.extend(_unpriced(service, shipped[service], instances))
        files[catalogue.SHIPPED / f"{service}.json"] = stored.text(service, shipped[service], SPOT_USES[service])
        home = _at_home(shipped[service], HOMES[service])
        files[facts.DATA / f"{service}.json"] = machines.text(service, instances.values(), home, _source(service))
    for cloud in ("ec2", "gce"):
        shipped[cloud] = [_bare(row) for row in rows if row.service == cloud]
        files[catalogue.SHIPPED / f"{cloud}.json"] = stored.text(cloud, shipped[cloud], ("vm",))
    return Made(files, tuple(left), shipped)


def _prices(service: Service, rows: Sequence[Row]) -> Iterator[Price]:
    if service == "sagemaker":
        return sagemaker.prices(rows)
    if service == "vertex":
        return vertex.prices(rows, vertex_types.attachable(vertex_types.read()))
    return azureml.prices(rows)


def _taken(price: Price, service: Service, instances: Mapping[str, Instance], left: list[Left]) -> bool:
    """Azure ML's price is of a machine, whatever it does: it stays where one of the uses is taken."""
    instance = instances.get(price.instance)
    if instance is not None and instance.uses & set(price.uses.split()):
        return True
    left.append(Left(service, price.uses, price.region, price.instance, _why(price, service, instance, left)))
    return False


def _why(price: Price, service: Service, instance: Instance | None, left: Iterable[Left]) -> str:
    if instance is not None:
        return "the service does not take it for this use"
    known = (it.why for it in left if (it.service, it.instance, it.region) == (service, price.instance, ""))
    return next(known, "the service does not take this machine type")


def _no_rule(rows: Iterable[Row]) -> Iterator[Left]:
    """Rows of Compute Engine that give no price of Vertex AI; they are shipped as bare machines all the same."""
    ended = vertex_types.read()["ended"]
    for row in rows:
        if row.service == "gce" and row.instance.startswith("tpu-"):
            yield Left("vertex", "train serve", row.region, row.instance, "no rule is known for TPUs")
        elif row.service == "gce" and row.instance.startswith("accelerator:") and row.accelerator in ended:
            yield Left("vertex", "train serve", row.region, row.instance, ended[row.accelerator])


def _unpriced(service: Service, prices: Iterable[Price], instances: Mapping[str, Instance]) -> Iterator[Left]:
    """Types that have facts and no price anywhere are told as well: whoever names one hears "unknown"."""
    priced = {(price.instance, use) for price in prices for use in price.uses.split()}
    for instance in instances.values():
        for use in sorted(instance.uses):
            if (instance.id, use) not in priced:
                yield Left(service, use, "", instance.id, "no source has a price: facts only")


def _at_home(prices: Iterable[Price], region: str) -> Mapping[str, Decimal]:
    home: dict[str, Decimal] = {}
    for price in prices:
        if price.region == region:
            home[price.instance] = min(price.amount, home.get(price.instance, price.amount))
    return home


def _bare(row: Row) -> Price:
    spot_source, spot_date = ("", "") if row.spot is None else (row.source, row.day)
    return Price(
        row.region, "vm", row.instance, row.price, row.source, row.day, "",
        row.spot, None, None, spot_source, spot_date,
    )  # fmt: skip


def _source(service: Service) -> str:
    file = {"sagemaker": sagemaker_types.FILE, "vertex": vertex_types.FILE, "azureml": machines.AZUREML}[service]
    return str(json.loads(file.read_text("utf-8"))["source"])
