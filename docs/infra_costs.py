"""What the ground itself bills, for docs/infra.md: list prices by hand, how many are made by the components' own tables.

tradewind's price lists are of machines and hold none of this. Written from the pages that each row names and stored copies of
them; None is a price that was not found, and is said as unknown. `python -m docs.infra_tables` writes the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tradewind.infra.arguments import Network
from tradewind.infra.aws.endpoints import SERVICES
from tradewind.infra.azure.network import ZONES
from tradewind.infra.gcp.network import DOMAINS

LOOKED_UP = "25 November 2026"
HOURS = 730  # of a month
DAYS = Decimal(HOURS) / 24
SUBNETS = Network().zones
WORDS = {"aws": "AWS, us-east-1", "gcp": "Google Cloud, us-central1", "azure": "Azure, East US"}

Unit = Literal["hour", "day", "month"]
_TIMES: dict[Unit, Decimal] = {"hour": Decimal(HOURS), "day": DAYS, "month": Decimal(1)}


@dataclass(frozen=True)
class Row:
    """`rate` US dollars a `unit` for each of `count`; `besides` is what it bills by use. `made` with which option, "" always."""

    cloud: Literal["aws", "gcp", "azure"]
    what: str
    made: str
    page: str
    rate: Decimal | None = Decimal(0)
    unit: Unit = "hour"
    count: int = 1
    besides: str = ""

    @property
    def month(self) -> Decimal | None:
        """Where nothing runs and nothing is stored."""
        return None if self.rate is None else self.rate * self.count * _TIMES[self.unit]


D = Decimal
_ZONES = sum(len(zones) for zones in ZONES.values())
ROWS = (
    Row("aws", "bucket", "", "aws.amazon.com/s3/pricing", besides="0.023 a GB-month, old versions too"),
    Row("aws", "registry", "", "aws.amazon.com/ecr/pricing", besides="0.10 a GB-month"),
    Row("aws", "key", "`key: own`", "aws.amazon.com/kms/pricing", D(1), "month",
        besides="0.03 for 10,000 requests; 1.00 a month more after each of its first turns"),
    Row("aws", "addresses of services", "`network`, unless `private_endpoints: false`", "aws.amazon.com/privatelink/pricing",
        D("0.01"), count=len(SERVICES) * SUBNETS, besides="0.01 a GB; the one of S3 is free"),
    Row("aws", "NAT gateway with its address", "`network: {nat: true}`", "aws.amazon.com/vpc/pricing", D("0.05"),
        besides="0.045 a GB, both ways"),
    Row("aws", "flow logs", "`network`", "aws.amazon.com/cloudwatch/pricing", besides="0.50 a GB"),
    Row("aws", "alarms", "`watch`", "aws.amazon.com/cloudwatch/pricing",
        besides="0.10 a month for each metric that an alarm looks at, over 10 an account"),
    Row("gcp", "bucket", "", "cloud.google.com/storage/pricing", besides="0.020 a GB-month, old and deleted versions too"),
    Row("gcp", "registry", "", "cloud.google.com/artifact-registry/pricing", besides="0.10 a GB-month over 0.5 GB"),
    Row("gcp", "logs", "", "cloud.google.com/stackdriver/pricing",
        besides="0.50 a GiB over 50 GiB a month, twice with `log_days` over 30; 0.01 a GiB-month after 30 days"),
    Row("gcp", "key", "`key: own`", "cloud.google.com/kms/pricing", D("0.06"), "month",
        besides="0.03 for 10,000 operations; 0.06 a month more with each turn, four a year"),
    Row("gcp", "address of Google's APIs", "`network`, unless `private_endpoints: false`", "cloud.google.com/vpc/pricing", None),
    Row("gcp", "its private names", "`network`, unless `private_endpoints: false`", "cloud.google.com/dns/pricing", D("0.20"),
        "month", count=len(DOMAINS), besides="0.40 for a million questions"),
    Row("gcp", "Cloud NAT", "`network: {nat: true}`", "cloud.google.com/nat/pricing",
        besides="0.0014 an hour a machine (0.044 at most), 0.005 an hour an address, 0.045 a GiB"),
    Row("gcp", "flow logs", "`network`", "cloud.google.com/stackdriver/pricing", besides="0.25 a GiB, and the making of them"),
    Row("gcp", "alarms", "`watch`", "cloud.google.com/stackdriver/pricing", None),
    Row("azure", "storage", "", "azure.microsoft.com/pricing/details/storage/blobs",
        besides="0.018 a GB-month, old and deleted versions too"),
    Row("azure", "registry, Basic", "without `key: own` or `private_endpoints`",
        "azure.microsoft.com/pricing/details/container-registry", D("0.167"), "day", besides="10 GB are in it"),
    Row("azure", "registry, Premium", "`key: own`, or `network` with `private_endpoints`",
        "azure.microsoft.com/pricing/details/container-registry", D("1.667"), "day", besides="500 GB are in it"),
    Row("azure", "Log Analytics", "", "azure.microsoft.com/pricing/details/monitor",
        besides="2.30 a GB over 5 GB a month; 0.10 a GB-month after 31 days"),
    Row("azure", "key vault", "", "azure.microsoft.com/pricing/details/key-vault",
        besides="0.03 for 10,000 operations, a key of your own included"),
    Row("azure", "addresses of services", "`network`, unless `private_endpoints: false`",
        "azure.microsoft.com/pricing/details/private-link", D("0.01"), count=len(ZONES),
        besides="0.01 a GB; those in Azure ML's own network besides"),
    Row("azure", "their private names", "`network`, unless `private_endpoints: false`",
        "azure.microsoft.com/pricing/details/dns", D("0.50"), "month", count=_ZONES),
    Row("azure", "NAT gateway with its address", "`network: {nat: true}`",
        "azure.microsoft.com/pricing/details/azure-nat-gateway", D("0.05"), besides="0.045 a GB"),
    Row("azure", "alarms", "`watch`", "azure.microsoft.com/pricing/details/monitor", None,
        besides="0.10 a month a metric; searches of logs by how often they look"),
)  # fmt: skip


def table() -> str:
    out = [
        "| | made with | list price, US dollars | a month, idle | by use |",
        "|---|---|---|---|---|",
    ]
    for cloud, title in WORDS.items():
        out.append(f"| **{title}** | | | | |")
        out += [_line(it) for it in ROWS if it.cloud == cloud]
    return "\n".join(out) + "\n"


def _line(it: Row) -> str:
    many = f"{it.count} × " if it.count > 1 else ""
    if it.rate is None:
        price, month = "unknown: see the page", "unknown"
    elif it.rate == 0:
        price, month = "by use alone", "0"
    else:
        price, month = f"{many}{it.rate} a{'n' if it.unit == 'hour' else ''} {it.unit}", f"{it.month:.2f}"
    return f"| [{it.what}](https://{it.page}/) | {it.made or 'always'} | {price} | {month} | {it.besides} |"
