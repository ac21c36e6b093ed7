"""What AWS cannot have, as far as arguments show it: `arguments.py` asks before anything is started. No Pulumi here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tradewind.infra.aws import policies
from tradewind.providers.aws import secret_names

if TYPE_CHECKING:
    from tradewind.infra.arguments import AwsFoundationArgs

OURS = ("tradewind-environment", "tradewind-name", "managed-by")  # our own tags
TAGS = 50 - len(OURS) - 1  # of a resource (Tag Editor's guide), less ours and the `Name` of a network's parts
TAG_KEY, TAG_VALUE = 128, 256  # characters
RESERVED = ("xn--", "sthree-", "amzn-s3-demo-")  # "General purpose bucket naming rules"
NOTIFICATIONS = 5  # CreateBudget: "A budget can have up to five notifications"
PULL_REQUEST = "pull_request"  # end of the subject of a token that a pull request gets
SUBNETS, GROUPS = 16, 5  # SageMaker's VpcConfig
IDLE = (
    timedelta(minutes=5),
    timedelta(days=7),
)  # one period of ours, and as far as an alarm looks back (PutMetricAlarm)

_TAG = re.compile(r"[\w\s.:/=+\-@]*")
_ENDPOINT = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,62}")  # CreateEndpoint
# Of whoever may take a role: never `*`, which is everybody at AWS.
_PRINCIPAL = re.compile(r"\d{12}|arn:aws[a-z-]*:(iam::\d{12}:(root|(user|role)/[\w+=,.@/-]+)|sts::\d{12}:[\w+=,.@/-]+)")
_ROLE = (r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", "a role's ARN")
# By option: its form, `REGION` standing for ours, and what that is.
_EXISTING: dict[str, tuple[str, str]] = {
    "bucket": (r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "a bucket's name, without s3://"),
    "kms_key": (r"arn:aws[a-z-]*:kms:REGION:\d{12}:key/[\w-]+", "arn:aws:kms:REGION:ACCOUNT:key/ID"),
    "planner": _ROLE,
    "deployer": _ROLE,
    "runtime": _ROLE,
    "network": (r"vpc-[0-9a-z]+", "vpc-..."),
    # An alarm tells a topic of its own region only; FIFO topics take no mails.
    "alerts": (r"arn:aws[a-z-]*:sns:REGION:\d{12}:[\w-]{1,256}", "arn:aws:sns:REGION:ACCOUNT:TOPIC"),
    "github_oidc": (
        rf"arn:aws[a-z-]*:iam::\d{{12}}:oidc-provider/{re.escape(policies.TOKENS)}",
        f"arn:aws:iam::ACCOUNT:oidc-provider/{policies.TOKENS}",
    ),
}


def refusals(args: AwsFoundationArgs) -> Iterator[str]:
    """What is wrong, each with the option's name first."""
    yield from _names(args)
    yield from _tags(args)
    yield from _existing(args)
    yield from _network(args)
    yield from _secrets(args)
    yield from _budget(args)
    yield from _watched(args)
    yield from _log_groups(args)
    yield from _github(args)
    unsafe = tuple(_trusted(args))
    yield from unsafe
    if not unsafe:
        yield from _sizes(args)


def _names(args: AwsFoundationArgs) -> Iterator[str]:
    if not args.existing.bucket and args.name.startswith(RESERVED):
        yield f"name: {args.name}: no bucket's name begins with {', '.join(RESERVED)}"
    inside = args.prefix.strip("/")
    if strange := [it for it in (inside.split("/") if inside else ()) if it in (".", "..", "")]:
        yield f"prefix: {args.prefix!r} has a part {strange[0]!r}, which clients of S3 resolve"
    yield from _twice("projects", args.projects)
    yield from _twice("mails", [it.lower() for it in args.mails])


def _twice(option: str, said: Sequence[str]) -> Iterator[str]:
    if twice := sorted({it for it in said if said.count(it) > 1}):
        yield f"{option}: {', '.join(twice)} is there twice"


def _tags(args: AwsFoundationArgs) -> Iterator[str]:
    if taken := sorted(it for it in args.tags if it.lower() in OURS):
        yield f"tags: {', '.join(taken)} is tradewind's own"
    yield from _twice("tags", [it.lower() for it in args.tags])  # to IAM a key's case is all the same
    if len(args.tags) > TAGS:
        yield f"tags: AWS takes {TAGS} beside tradewind's own, and these are {len(args.tags)}"
    for key, value in args.tags.items():
        if not 1 <= len(key) <= TAG_KEY or len(value) > TAG_VALUE:
            yield f"tags: {key!r}: AWS takes keys of 1 to {TAG_KEY} characters, and values of at most {TAG_VALUE}"
        elif key.lower().startswith("aws:"):
            yield f"tags: {key}: what begins with aws: is AWS's own"
        elif not (_TAG.fullmatch(key) and _TAG.fullmatch(value)):
            yield f"tags: {key!r}: AWS takes letters, digits, spaces and . : / = + - @ _"


def _existing(args: AwsFoundationArgs) -> Iterator[str]:
    for option, (pattern, form) in _EXISTING.items():
        said = getattr(args.existing, option)
        if said is not None and not re.fullmatch(pattern.replace("REGION", args.region), said):
            yield f"existing.{option}: {form.replace('REGION', args.region)}, and not {said!r}"
    for option, kind, most in (("subnets", "subnet", SUBNETS), ("security_groups", "sg", GROUPS)):
        said = getattr(args.existing, option)
        if strange := [it for it in said if not re.fullmatch(f"{kind}-[0-9a-z]+", it)]:
            yield f"existing.{option}: {kind}-..., and not {', '.join(map(repr, strange))}"
        if len(said) > most:
            yield f"existing.{option}: SageMaker takes {most} at most, and these are {len(said)}"


def _network(args: AwsFoundationArgs) -> Iterator[str]:
    given = args.existing
    whole = (given.network, given.subnets, given.security_groups)
    if any(whole) and not all(whole):
        yield "existing: network, subnets and security_groups go together; give all three"
    if args.network and not given.network and args.network.private_endpoints and args.region.startswith("cn-"):
        yield "network: AWS in China names its private endpoints otherwise; set private_endpoints to false"


def _secrets(args: AwsFoundationArgs) -> Iterator[str]:
    for said in args.secrets:
        if "*" in said or "?" in said:
            yield f"secrets: {said}: a name, and no pattern of names"
        elif secret_names.secret(said) is None and secret_names.parameter(said) is None:
            yield f"secrets: {said}: neither a secret's name or ARN nor ssm:/NAME"


def _budget(args: AwsFoundationArgs) -> Iterator[str]:
    asked = args.budget
    if asked is None:
        return
    if args.region.startswith("us-gov-"):  # botocore's endpoints: none in aws-us-gov
        yield "budget: AWS Budgets is not in GovCloud; the standard account that pays for it has them"
    # CreateBudget: "AUD is not in the supported unit set: [USD]"
    elif asked.currency != (paid := "CNY" if args.region.startswith("cn-") else "USD"):
        yield f"budget.currency: AWS takes {paid} alone there, and not {asked.currency}"
    yield from _twice("budget.percent", [str(it) for it in asked.percent])
    if not 1 <= (count := len(asked.percent) + asked.forecast) <= NOTIFICATIONS:
        yield f"budget.percent: AWS tells at 1 to {NOTIFICATIONS} shares, the forecast counted, and this is {count}"


def _watched(args: AwsFoundationArgs) -> Iterator[str]:
    for watched in args.watch:
        if not _ENDPOINT.fullmatch(watched.endpoint):
            yield f"watch: {watched.endpoint!r}: no name that an endpoint of SageMaker can have"
        if watched.idle is not None and not IDLE[0] <= watched.idle <= IDLE[1]:
            yield f"watch: {watched.endpoint}: idle: five minutes to seven days, which is as far as an alarm looks back"
        if watched.p95 is not None and watched.p95 <= timedelta(0):
            yield f"watch: {watched.endpoint}: p95: more than nothing"


def _log_groups(args: AwsFoundationArgs) -> Iterator[str]:
    yield from _twice("log_groups", args.log_groups)
    if "endpoints" in args.log_groups and not args.watch:
        yield "log_groups: endpoints: of those in `watch`, where none is"


def _trusted(args: AwsFoundationArgs) -> Iterator[str]:
    for who in policies.PEOPLE:
        if strange := [it for it in getattr(args.trusted, who) if not _PRINCIPAL.fullmatch(it)]:
            yield f"trusted.{who}: ARNs of roles, users or accounts, and not {', '.join(map(repr, strange))}"


def _github(args: AwsFoundationArgs) -> Iterator[str]:
    """A pattern of branches or tags is one thing; one that lets whoever opens a pull request deploy is another."""
    for end in args.github.deployer if args.github else ():
        if policies.wild(end) and fnmatchcase(PULL_REQUEST, end):
            yield f"github.deployer: {end!r} lets each pull request deploy; say which branches, tags or environments"


def _sizes(args: AwsFoundationArgs) -> Iterator[str]:
    """Of what IAM limits."""
    partition, account = policies.LONGEST_VALUES[:2]
    oidc = f"arn:{partition}:iam::{account}:oidc-provider/{policies.TOKENS}"
    for person in policies.PEOPLE:
        length = len(policies.people_trust(args, person, partition, account, oidc))
        if not getattr(args.existing, person) and length > policies.LARGEST_TRUST:
            most = policies.LARGEST_TRUST
            yield f"trusted.{person}: {length} characters with github's; a trust policy has {most} at most"
    for who in policies.MADE:
        if not getattr(args.existing, who) and (count := len(policies.parts(args, who))) > policies.MOST:
            these = f"{len(args.projects)} make {count} policies of {who}"
            yield f"projects: {these}, and a role takes {policies.MOST}; name fewer, or none"
