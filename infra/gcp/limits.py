"""What Google cannot have, as far as arguments show it: `arguments.py` asks before anything is started. No Pulumi here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from tradewind.providers.gcp import names

if TYPE_CHECKING:
    from tradewind.infra.arguments import GcpFoundationArgs

OURS = ("tradewind-environment", "tradewind-name", "managed-by")  # our own labels
CHANNELS = 5  # NotificationsRule.monitoring_notification_channels: "A maximum of 5 email notifications are allowed"
RESERVED = "gcp-"  # beginning of a workload identity pool's id
SUBJECT = 127  # bytes of google.subject ("Workload Identity Federation": attribute mappings)
SHORTEST_IDLE = timedelta(minutes=10)  # a sample a minute, seen minutes later: less is noise
LONGEST_IDLE = timedelta(days=700)  # "These policies can evaluate up to 2 years of metric data"

_MEMBER = re.compile(r"(user|group|serviceAccount|domain):\S+|principal(Set)?://iam\.googleapis\.com/\S+")
_ACCOUNT = (r"[^@\s:]+@[^@\s]+\.gserviceaccount\.com", "a service account's mail")
# By option: its form, and what that is. Networks may also be named alone: they are the project's own then.
_EXISTING: dict[str, tuple[str, str]] = {
    "bucket": (r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", "a bucket's name, without gs://"),
    "kms_key": (r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+",
                "projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY"),
    "planner": _ACCOUNT,
    "deployer": _ACCOUNT,
    "runtime": _ACCOUNT,
    "network": (r"(projects/[^/]+/global/networks/)?[a-z][a-z0-9-]*", "projects/PROJECT/global/networks/NAME"),
    "alerts": (r"projects/[^/]+/notificationChannels/[^/]+", "projects/PROJECT/notificationChannels/ID"),
    # A principal is of a project's number; its id is not taken ("Principal identifiers").
    "github_pool": (r"(//iam\.googleapis\.com/)?projects/\d+/locations/global/workloadIdentityPools/[^/]+(/providers/[^/]+)?",
                    "projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER"),
}  # fmt: skip


def refusals(args: GcpFoundationArgs) -> Iterator[str]:
    """What is wrong, each with the option's name first."""
    yield from _tags(args)
    yield from _names(args)
    yield from _existing(args)
    yield from _watch(args)
    yield from _told(args)
    yield from _secrets(args)
    yield from _trusted(args)


def _tags(args: GcpFoundationArgs) -> Iterator[str]:
    made = names.labels(args.tags)
    if taken := sorted(made.keys() & set(OURS)):
        yield f"tags: {', '.join(taken)} is tradewind's own label"
    if len(made) + len(OURS) > names.LABELS:
        yield f"tags: Google takes {names.LABELS} labels, and {len(OURS)} are tradewind's own"


def _names(args: GcpFoundationArgs) -> Iterator[str]:
    # "Bucket naming guidelines": no "google" in a name, nor "goog" before it; it begins with the project's id.
    if not args.existing.bucket and any("google" in it for it in (args.name, args.environment)):
        yield "name, environment: no bucket's name may hold `google`"
    # WorkloadIdentityPool.workload_identity_pool_id: "The prefix `gcp-` is reserved for use by Google".
    if args.github and not args.existing.github_pool and f"{args.name}-".startswith(RESERVED):
        yield f"name: Google keeps pools of identities that begin with {RESERVED} for itself; give existing.github_pool"


def _existing(args: GcpFoundationArgs) -> Iterator[str]:
    for option, (pattern, form) in _EXISTING.items():
        said = getattr(args.existing, option)
        if said is not None and not re.fullmatch(pattern, said):
            yield f"existing.{option}: {form}, and not {said!r}"
    key = args.existing.kms_key
    if key and re.fullmatch(_EXISTING["kms_key"][0], key) and (at := key.split("/")[3]) != args.region:
        # EncryptionSpec: "The Cloud KMS key must be in the same region as the resource"; so must a bucket's.
        yield f"existing.kms_key: it has to be of {args.region}, and is of {at}"
    for subnet in args.existing.subnets:
        if not re.fullmatch(rf"(projects/[^/]+/regions/{args.region}/subnetworks/)?[a-z][a-z0-9-]*", subnet):
            yield f"existing.subnets: projects/PROJECT/regions/{args.region}/subnetworks/NAME, and not {subnet!r}"
    if args.existing.subnets and not args.existing.network:
        yield "existing.subnets: of which network? give `existing.network`, too"


def _watch(args: GcpFoundationArgs) -> Iterator[str]:
    for it in args.watch:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", it.endpoint):
            yield f"watch: {it.endpoint!r} is no endpoint's id"
        if it.idle is not None and it.idle < SHORTEST_IDLE:
            yield f"watch: {it.endpoint}: idle: Cloud Monitoring is minutes behind; ten at least"
        if it.idle is not None and it.idle > LONGEST_IDLE:
            yield f"watch: {it.endpoint}: idle: Cloud Monitoring forgets after two years; 700 days at most"


def _told(args: GcpFoundationArgs) -> Iterator[str]:
    count = len(set(args.mails)) + bool(args.existing.alerts)
    if args.budget and count > CHANNELS:
        yield f"mails: a budget of Google's tells {CHANNELS} at most, and there are {count}; a group's mail is one"


def _secrets(args: GcpFoundationArgs) -> Iterator[str]:
    for it in args.secrets:
        if it.startswith("projects/") and not re.fullmatch(
            rf"projects/({re.escape(args.project)}|\d+)/secrets/[^/]+(/.*)?", it
        ):
            yield f"secrets: {it} is not of {args.project}, whose roles reach no further; its owner has to allow it"


def _trusted(args: GcpFoundationArgs) -> Iterator[str]:
    for said in (*args.trusted.planner, *args.trusted.deployer):
        if not _MEMBER.fullmatch(said):  # so that allUsers and allAuthenticatedUsers are never let in
            yield f"trusted: user:, group:, serviceAccount:, domain: or principal://…, and not {said!r}"
    if args.github is None:
        return
    for end in (*args.github.planner, *args.github.deployer):
        if "*" in end:
            yield f"github: Google compares a subject whole, and {end!r} has a star; say each"
        if len(f"repo:{args.github.repository}:{end}".encode()) > SUBJECT:
            yield f"github: repo:{args.github.repository}:{end} is longer than the {SUBJECT} bytes of a subject"
