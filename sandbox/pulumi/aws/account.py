"""Which types have a service behind them in the emulated account, and the questions that a program may ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tradewind.sandbox.aws.account import ACCOUNT, Account
from tradewind.sandbox.pulumi.aws import iam, s3
from tradewind.sandbox.pulumi.carrier import Asked, Made, Row, Values
from tradewind.sandbox.pulumi.kept import Kept

ROWS: dict[str, Row] = {**s3.ROWS, **iam.ROWS}


@dataclass(frozen=True)
class Cloud:
    """The account in a region."""

    account: Account
    region: str

    def client(self, service: str) -> Any:
        return self.account.client(service, self.region)


class OnAccount:
    """A type that `ROWS` has is really made; any other one is kept as it was asked for, and says so by its id."""

    def __init__(self, url: str, kept: Kept) -> None:
        self._account = Account(url)
        self._kept = kept

    def replaces(self, token: str) -> frozenset[str]:
        if (row := ROWS.get(token)) is None:
            return self._kept.replaces(token)
        return row.replaces if row.update else frozenset({"*"})

    def named_by(self, token: str) -> str:
        return ROWS[token].named_by if token in ROWS else ""

    def create(self, asked: Asked, inputs: Values) -> Made:
        row = ROWS.get(asked.token)
        return row.create(self._cloud(asked), inputs) if row else self._kept.create(asked, inputs)

    def read(self, asked: Asked, id: str, state: Values) -> Values | None:
        row = ROWS.get(asked.token)
        return row.read(self._cloud(asked), id, state) if row else self._kept.read(asked, id, state)

    def update(self, asked: Asked, id: str, olds: Values, news: Values) -> Values:
        row = ROWS.get(asked.token)
        if row is None or row.update is None:
            return self._kept.update(asked, id, olds, news)
        return row.update(self._cloud(asked), id, olds, news)

    def delete(self, asked: Asked, id: str, state: Values) -> None:
        row = ROWS.get(asked.token)
        if row:
            row.delete(self._cloud(asked), id, state)
        else:
            self._kept.delete(asked, id, state)

    def invoke(self, token: str, args: Values, region: str) -> Values:
        match token:
            case "aws:index/getCallerIdentity:getCallerIdentity":
                arn = self._account.client("sts", region).get_caller_identity()
                return {"accountId": arn["Account"], "arn": arn["Arn"], "userId": arn["UserId"], "id": ACCOUNT}
            case "aws:index/getRegion:getRegion":
                name = args.get("region") or args.get("name") or region
                return {
                    "region": name,
                    "name": name,
                    "id": name,
                    "description": name,
                    "endpoint": f"ec2.{name}.amazonaws.com",
                }
            case "aws:index/getPartition:getPartition":
                return {
                    "partition": "aws",
                    "dnsSuffix": "amazonaws.com",
                    "id": "aws",
                    "reverseDnsPrefix": "com.amazonaws",
                }
            case "aws:index/getAvailabilityZones:getAvailabilityZones":
                zones = self._account.client("ec2", region).describe_availability_zones()["AvailabilityZones"]
                names = [zone["ZoneName"] for zone in zones]
                return {
                    "names": names,
                    "zoneIds": [zone["ZoneId"] for zone in zones],
                    "id": region,
                    "groupNames": [region],
                }
            case _:
                raise KeyError(token)

    def _cloud(self, asked: Asked) -> Cloud:
        return Cloud(self._account, asked.region)
