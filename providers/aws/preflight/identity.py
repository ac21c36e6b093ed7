"""Who is signed in and for how long, whether it is the account that was meant, and whether the region is open to it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws.errors import classified
from tradewind.providers.aws.preflight.looking import Look
from tradewind.providers.base import Check
from tradewind.spec.units import format_duration

# botocore's methods that fetch new keys by themselves for as long as a command runs.
RENEWED = frozenset({"iam-role", "container-role", "assume-role-with-web-identity"})
# ... and those that do so while what they are made of lasts: a sign-in, another profile's keys.
RENEWED_FOR_A_WHILE = frozenset({"assume-role", "sso", "login", "custom-process"})
# Regions from before 2019-03-20 are on in every account; each later one has to be enabled.
ALWAYS_ON = frozenset((
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "eu-west-1", "eu-west-2",
    "eu-west-3", "eu-central-1", "eu-north-1", "ap-south-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
    "ap-southeast-1", "ap-southeast-2",
))  # fmt: skip


def credentials(look: Look) -> Iterator[Check]:
    try:
        who = look.caller()
    except ProviderError as error:
        if error.kind not in ("credentials", "permission"):
            raise
        hint, region = error.hint or "sign in again", look.session.region
        if region not in ALWAYS_ON and look.settings.endpoint_url is None:
            hint += f"; an account that has not enabled {region} is answered like that as well"
        yield Check("credentials", "will_fail", error.message, hint)
        return
    held = look.session.boto.get_credentials()
    verdict, said, fix = lasting(held, look.expected, datetime.now(UTC))
    yield Check("credentials", verdict, f"{who.arn}, account {who.account}; {said}", fix)


def lasting(held: Any, needed: timedelta, now: datetime) -> tuple[Any, str, str]:
    """Whether botocore's credentials last for `needed`: verdict, words, fix."""
    if not held.get_frozen_credentials().token:
        return "ok", "its keys do not expire", ""
    if held.method in RENEWED:
        return "ok", "its keys are renewed by themselves", ""
    until = getattr(held, "_expiry_time", None)  # botocore has no public name for it
    if not isinstance(until, datetime):
        said = "its keys are temporary and do not say until when"
        return (
            ("cannot_tell", f"{said}; this takes up to {format_duration(needed)}", "") if needed else ("ok", said, "")
        )
    left = until - now
    said = f"its keys expire at {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if left > needed:
        return "ok", said, ""
    longer = f"{said}, and this takes up to {format_duration(needed)}"
    if held.method in RENEWED_FOR_A_WHILE:
        return "cannot_tell", f"{longer}; they are renewed while the sign-in behind them lasts", ""
    fix = "sign in anew before, or start with --detach: what was begun goes on, and the same command takes it up again"
    return "will_fail", longer, fix


def account(look: Look) -> Iterator[Check]:
    wanted, who = look.settings.account, look.caller()
    if who.account == wanted:
        yield Check("account", "ok", f"{who.account}, as `aws.account` says")
        return
    said = f"`aws.account` is {wanted}, and {who.arn} is of {who.account}"
    yield Check(
        "account", "will_fail", said, f"sign in to {wanted} (`aws.profile`, AWS_PROFILE), or change `aws.account`"
    )


def region(look: Look) -> Iterator[Check]:
    name = look.session.region
    partition = look.session.boto.get_partition_for_region
    if look.settings.endpoint_url is None:
        known = look.session.boto.get_available_regions("sagemaker", partition_name=partition(name))
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            fix = f"did you mean {near[0]}?" if near else "check `aws.region`"
            yield Check("region", "cannot_tell", f"this boto3 does not list SageMaker in {name}; it may be newer", fix)
            return
    with classified(f"look at region {name}"):
        found = look.client("ec2").describe_regions(RegionNames=[name], AllRegions=True)["Regions"]
    state = next((it.get("OptInStatus", "") for it in found if it["RegionName"] == name), "")
    if state == "not-opted-in":
        fix = f"aws account enable-region --region-name {name}   (or https://console.aws.amazon.com/billing/home#/account)"
        yield Check("region", "will_fail", f"{name} is not enabled for this account", fix)
    else:
        yield Check("region", "ok", f"{name}{' is enabled' if state == 'opted-in' else ''}")
