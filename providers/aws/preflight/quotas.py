"""Service quotas of the machine types, against what the job and the rollout need at their peak."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws import endpoint_names
from tradewind.providers.aws.errors import classified
from tradewind.providers.aws.preflight import usage
from tradewind.providers.aws.preflight.looking import Fleet, Look
from tradewind.providers.aws.preflight.usage import UsageMetric
from tradewind.providers.base import Check

SERVICE = "sagemaker"
TRAINING, SPOT, WARM, HOSTING = (
    "{} for training job usage", "{} for spot training job usage", "{} for training warm pool usage",
    "{} for endpoint usage",
)  # fmt: skip
CONSOLES: Mapping[str, str] = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}
# Service Quotas finds a quota at once by its code alone; there are thousands of SageMaker's, so the codes of common
# machines are kept here. They are the same in every account and region. Any other is looked for by its name.
CODES: Mapping[str, str] = {
    "ml.g4dn.xlarge for training job usage": "L-3F53BF0F",
    "ml.g5.2xlarge for training job usage": "L-2D6DEB3C",
    "ml.g5.xlarge for endpoint usage": "L-1928E07B",
    "ml.g5.2xlarge for endpoint usage": "L-9614C779",
    "ml.g5.4xlarge for endpoint usage": "L-C1B9A48D",
    "ml.g5.8xlarge for endpoint usage": "L-065D610E",
    "ml.g5.12xlarge for endpoint usage": "L-65C4BD00",
    "ml.g5.16xlarge for endpoint usage": "L-962705EA",
    "ml.g5.24xlarge for endpoint usage": "L-6821867B",
    "ml.g5.48xlarge for endpoint usage": "L-0100B823",
    "ml.g6.xlarge for endpoint usage": "L-D470D954",
    "ml.g6.2xlarge for endpoint usage": "L-98BDE811",
    "ml.g6.4xlarge for endpoint usage": "L-DFB10FDE",
    "ml.g6.12xlarge for endpoint usage": "L-0A29AACF",
    "ml.g6e.xlarge for endpoint usage": "L-B0729CB4",
    "ml.g6e.2xlarge for endpoint usage": "L-F8D7F460",
    "ml.g6e.4xlarge for endpoint usage": "L-93531071",
    "ml.p4d.24xlarge for endpoint usage": "L-09F79647",
    "ml.m5.xlarge for endpoint usage": "L-2F737F8D",
    "ml.m5.4xlarge for endpoint usage": "L-E2649D46",
}


@dataclass(frozen=True)
class Need:
    """What must be allowed: `least` machines for the coming step, up to `most` later, and what for; `standing` of them are
    there already."""

    title: str
    quota: str
    least: int
    most: int
    what: str
    standing: int = 0


@dataclass(frozen=True)
class Quota:
    code: str
    value: float
    adjustable: bool
    usage: UsageMetric | None = None


def needs(look: Look) -> Iterator[Need]:
    """Those that are known without a look; the endpoint's own peak is worked out by `check`."""
    if look.run is not None:
        groups = look.training.instance_groups
        counts: dict[str, int] = {} if groups else {look.run.container.machine.id: look.run.nodes}
        for group in groups:
            counts[group.instance_type] = counts.get(group.instance_type, 0) + group.count
        for kind, count in counts.items():
            name, title = (SPOT, "spot quota") if look.run.spot else (TRAINING, "training quota")
            yield Need(title, name.format(kind), count, count, f"the job takes {count}")
            if look.training.keep_alive and not look.run.spot:
                said = f"`keep_alive` keeps {count} warm"
                yield Need("warm pool quota", WARM.format(kind), count, count, said)
    for version in look.want.versions[-1:] if look.want else ():
        yield Need("endpoint quota", HOSTING.format(version.container.machine.id), 0, 0, "")


def check(look: Look, need: Need) -> Iterator[Check]:
    if not need.what:
        need = _at_peak(look, need)
    quota = _find(look, need.quota)
    link = _link(look, quota)
    if quota is None:
        yield Check(need.title, "cannot_tell", f"Service Quotas shows no quota {need.quota!r}; {need.what}", link)
        return
    said = f"{need.quota} is {quota.value:g}, and {need.what}"
    ask = link if quota.adjustable else f"it cannot be raised: take another machine or region ({link})"
    in_use = usage.used(look, quota.usage) if quota.value >= need.least else None
    others = max(0.0, in_use - need.standing) if in_use is not None else 0.0
    told = "cannot tell how much of it is in use" if in_use is None else f"{others:g} are in use by others"
    if quota.value < need.least:
        yield Check(need.title, "will_fail", said, f"ask for {need.most} or more: {ask}" if quota.adjustable else ask)
    elif quota.value < need.least + others:
        more = f"wait until they end, or ask for {need.most + others:g} or more: {ask}" if quota.adjustable else ask
        yield Check(need.title, "will_fail", f"{said}; {told}", more)
    elif quota.value < need.most + others:
        yield Check(need.title, "cannot_tell", f"{said}; {told}; whether that is reached hangs on the load", ask)
    else:
        yield Check(need.title, "ok", f"{said}; {told}")


def _at_peak(look: Look, need: Need) -> Need:
    """What an endpoint takes while a new version comes in: the old fleet and as many again, or a batch more."""
    assert look.want is not None  # asked for by `needs` of an endpoint only
    version, fleet = look.want.versions[-1], look.fleet()
    kind, low, high = version.container.machine.id, max(1, version.min), max(1, version.max)
    if fleet is None or fleet.count == 0:
        return Need(need.title, need.quota, low, high, f"the endpoint takes {_span(low, high)}")
    if fleet.config == endpoint_names.version(look.want.name, version.digest):  # it serves already: no second fleet
        standing = fleet.count if fleet.instance_type == kind else 0
        return Need(need.title, need.quota, low, high, f"the endpoint takes {_span(low, high)}", standing)
    now = min(max(fleet.count, low), high)  # a new fleet starts as large as the old one is
    batch = look.serving.rolling.batch if look.serving.rolling else None
    if batch is not None and look.serving.rollout == "native":
        return _rolling(need, fleet, kind, now, high, batch)
    beside = fleet.count if fleet.instance_type == kind else 0
    most = high + (high if fleet.instance_type == kind else 0)
    said = f"beside the {fleet.count} that serve{'s' if fleet.count == 1 else ''} " if beside else ""
    what = f"a rollout takes {said}{_span(now, high)}{' more' if beside else ''}"
    return Need(need.title, need.quota, now + beside, most, what, beside)


def _rolling(need: Need, fleet: Fleet, kind: str, now: int, high: int, batch: float) -> Need:
    same = fleet.instance_type == kind
    least = now + (math.ceil(batch * now) if same else 0)
    most = high + (math.ceil(batch * high) if same else 0)
    what = f"a rolling update takes {_span(least, most)}"
    return Need(need.title, need.quota, least, most, what, fleet.count if same else 0)


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _find(look: Look, name: str) -> Quota | None:
    client = look.client("service-quotas")
    for ask in (client.get_service_quota, client.get_aws_default_service_quota) if name in CODES else ():
        try:
            with classified(f"look at quota {name}"):
                found = ask(ServiceCode=SERVICE, QuotaCode=CODES[name])["Quota"]
        except ProviderError as error:
            if error.kind != "missing":
                raise
            continue  # the account has no value of its own: then the default holds
        if found["QuotaName"] == name:
            return _quota(found)
    for operation in ("list_service_quotas", "list_aws_default_service_quotas"):
        listed = look.shared(operation, partial(_listed, client, operation))
        if name in listed:
            return listed[name]
    return None


def _listed(client: Any, operation: str) -> Mapping[str, Quota]:
    """By name, as far as SageMaker's machines go."""
    with classified("list SageMaker's quotas"):
        pages = client.get_paginator(operation).paginate(ServiceCode=SERVICE)
        return {
            it["QuotaName"]: _quota(it) for page in pages for it in page["Quotas"] if it["QuotaName"].startswith("ml.")
        }


def _quota(said: Mapping[str, Any]) -> Quota:
    return Quota(said["QuotaCode"], float(said["Value"]), bool(said.get("Adjustable", True)), usage.metric(said))


def _link(look: Look, quota: Quota | None) -> str:
    region = look.session.region
    console = CONSOLES.get(look.session.boto.get_partition_for_region(region), "console.aws.amazon.com")
    return f"https://{region}.{console}/servicequotas/home/services/{SERVICE}/quotas{f'/{quota.code}' if quota else ''}"
