"""What every account that is worked in has: a bucket to stand on, and a role that SageMaker may assume."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from botocore.exceptions import ClientError

from tradewind.sandbox.aws.account import ACCOUNT, PRINCIPAL, Account

HOME_REGION = "us-east-1"
ROLE = "tradewind-sandbox"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": PRINCIPAL}, "Action": "sts:AssumeRole"}],
}
RIGHTS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class Clients(Protocol):
    """As `Account`: boto3's clients, wherever they lead."""

    def client(self, service: str, region: str) -> Any: ...


def bucket(region: str) -> str:
    """SageMaker takes buckets of its own region only, so each region has one."""
    return "tradewind-sandbox" if region == HOME_REGION else f"tradewind-sandbox-{region}"


def furnish(url: str, region: str = HOME_REGION) -> None:
    """Repeatable; what is there stays. Raises what boto3 raises."""
    account = Account(url)
    make_bucket(account, region)
    make_role(account, region)


def make_bucket(clients: Clients, region: str) -> None:
    where = {} if region == HOME_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3 = clients.client("s3", region)
    _made(lambda: s3.create_bucket(Bucket=bucket(region), **where), "BucketAlreadyOwnedByYou")


def make_role(clients: Clients, region: str) -> None:
    iam = clients.client("iam", region)
    _made(lambda: iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST)), "EntityAlreadyExists")
    iam.put_role_policy(RoleName=ROLE, PolicyName="all", PolicyDocument=json.dumps(RIGHTS))


def _made(make: Callable[[], object], there: str) -> None:
    try:
        make()
    except ClientError as error:
        if error.response["Error"]["Code"] != there:
            raise
