"""Which types have a service behind them in the emulated account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.pulumi.aws import alarms, ecr, iam, kms, logs, questions, s3, sns, ssm
from tradewind.sandbox.pulumi.carrier import Asked, Made, Row, Values
from tradewind.sandbox.pulumi.kept import Kept

ROWS: dict[str, Row] = {
    token: row for service in (alarms, ecr, iam, kms, logs, s3, sns, ssm) for token, row in service.ROWS.items()
}


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

    def defaults(self, token: str) -> Mapping[str, Any]:
        return ROWS[token].defaults if token in ROWS else {}

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

    def invoke(self, token: str, args: Values, config: dict[str, str]) -> Values:
        return questions.answered(self._account, token, args, args.get("region") or config["region"])

    def _cloud(self, asked: Asked) -> Cloud:
        return Cloud(self._account, asked.region)
