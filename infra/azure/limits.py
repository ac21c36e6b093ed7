"""What Azure cannot have, as far as arguments show it: `arguments.py` asks before anything is started. No Pulumi here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from tradewind.infra.azure import zones
from tradewind.infra.azure.names import last
from tradewind.providers.azure import names, tags

if TYPE_CHECKING:
    from tradewind.infra.arguments import AzureFoundationArgs

OURS = ("tradewind-environment", "tradewind-name", "managed-by")  # our own tags
LONGEST_TAG = 128  # of a storage account's; 512 of everything else's ("Use tags to organize your Azure resources")
NOTIFICATIONS = 5  # "Budget can have up to five notifications" (Microsoft.Consumption budgets)
LOG_DAYS = range(30, 731)  # of Log Analytics ("Manage data retention in a Log Analytics workspace"); insights follow it
CREDENTIALS = 20  # federated ones of a managed identity ("Important considerations and restrictions")
SHORTEST_IDLE = timedelta(minutes=10)  # a row is there minutes after its request: less is no silence
# A log search alert looks back at most so far ("Create or edit a log search alert rule").
LONGEST_IDLE = timedelta(days=2)

# By word, what the directory calls it. It has to be said: where it is not, the SDK says "User", and Azure refuses a group.
KINDS = {"user": "User", "group": "Group", "app": "ServicePrincipal"}
_TRUSTED = re.compile(rf"({'|'.join(KINDS)}):[0-9a-fA-F]{{8}}(-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}")
_SOVEREIGN = ("usgov", "usdod", "china")  # other addresses and other names of zones than ours
_SECRET = re.compile(r"(https://(?P<vault>[\w-]+)\.vault\.azure\.net/secrets/)?[0-9A-Za-z-]{1,127}(/[0-9a-f]{32})?/?")
# The workspace keeps the version that it was made with; storage and registry take the newest.
_KEY = re.compile(r"https://(?P<vault>[\w-]+)\.vault\.azure\.net/keys/[0-9A-Za-z-]{1,127}/[0-9a-f]{32}")
# By option: type, and its names ("Naming rules and restrictions for Azure resources").
_EXISTING: dict[str, tuple[str, str]] = {
    "resource_group": ("", r"[\w().-]{0,89}[\w()-]"),
    "workspace": ("Microsoft.MachineLearningServices/workspaces", r"[A-Za-z0-9][\w-]{2,32}"),
    "storage_account": ("Microsoft.Storage/storageAccounts", r"[a-z0-9]{3,24}"),
    "key_vault": ("Microsoft.KeyVault/vaults", r"(?=.{3,24}\Z)[A-Za-z](-?[A-Za-z0-9])*"),
    "registry": ("Microsoft.ContainerRegistry/registries", r"[A-Za-z0-9]{5,50}"),
    "insights": ("Microsoft.Insights/components", r"[^%&\\?/]{1,260}"),
    "network": ("Microsoft.Network/virtualNetworks", r"[A-Za-z0-9][\w.-]{1,63}"),
    "alerts": ("Microsoft.Insights/actionGroups", r"[^:<>+/&%\\?]{1,260}"),
    "planner": ("Microsoft.ManagedIdentity/userAssignedIdentities", r"[A-Za-z0-9][\w-]{2,127}"),
    "deployer": ("Microsoft.ManagedIdentity/userAssignedIdentities", r"[A-Za-z0-9][\w-]{2,127}"),
    "runtime": ("Microsoft.ManagedIdentity/userAssignedIdentities", r"[A-Za-z0-9][\w-]{2,127}"),
}  # fmt: skip
# What a workspace stands on is of its subscription ("Network isolation with managed online endpoints": limitations).
_HERE = ("resource_group", "workspace", "storage_account", "key_vault", "registry", "insights")
_ZONE = "Microsoft.Network/privateDnsZones"
_CONTAINER = r"(?=.{3,63}\Z)[a-z0-9](-?[a-z0-9])*"


def refusals(args: AzureFoundationArgs) -> Iterator[str]:
    """What is wrong, each with the option's name first."""
    yield from _tags(args)
    yield from _existing(args)
    yield from _network(args)
    yield from _key(args)
    yield from _secrets(args)
    yield from _trusted(args)
    yield from _budget(args)
    yield from _watched(args)
    if args.region.startswith(_SOVEREIGN):
        yield f"region: {args.region} is of another Azure than the public one"
    if args.log_days not in LOG_DAYS:
        yield f"log_days: Log Analytics keeps {LOG_DAYS.start} to {LOG_DAYS.stop - 1} days"


def _tags(args: AzureFoundationArgs) -> Iterator[str]:
    if same := tags.clashing(args.tags):
        yield f"tags: {', '.join(same)} are one name to Azure, whatever their case"
    if taken := sorted(it for it in args.tags if it.lower() in OURS):
        yield f"tags: {', '.join(taken)} is tradewind's own"
    if len(args.tags) + len(OURS) > tags.MOST:
        yield f"tags: Azure takes {tags.MOST}, and {len(OURS)} are tradewind's own"
    for name, value in args.tags.items():
        if not name or len(tags.escaped(name)) > LONGEST_TAG:
            yield f"tags: {name!r}: a storage account takes names of 1 to {LONGEST_TAG} characters"
        if len(value) > tags.LONGEST_VALUE:
            yield f"tags: {name}: Azure takes values of at most {tags.LONGEST_VALUE} characters"


def _existing(args: AzureFoundationArgs) -> Iterator[str]:
    existing = args.existing
    for option, (kind, form) in _EXISTING.items():
        said = getattr(existing, option)
        if said is None:
            continue
        whole = r"/subscriptions/[^/]+/resourceGroups/[^/]+" + (f"/providers/{re.escape(kind)}/[^/]+" if kind else "")
        if not re.fullmatch(whole if said.startswith("/") else form, said, re.IGNORECASE if said[0] == "/" else 0):
            yield f"existing.{option}: neither a name that Azure takes nor /subscriptions/.../{kind or 'resourceGroups'}/NAME"
    for option in _HERE:
        said = (getattr(existing, option) or "").lower()
        if said.startswith("/subscriptions/") and not said.startswith(f"/subscriptions/{args.subscription.lower()}/"):
            yield f"existing.{option}: of another subscription than `subscription`"
    if existing.bucket and not existing.storage_account:
        yield "existing.bucket: a container is in a storage account; give existing.storage_account, too"
    if existing.bucket and not re.fullmatch(_CONTAINER, existing.bucket):
        yield "existing.bucket: a container's name: 3 to 63 small letters, digits and single dashes"


def _network(args: AzureFoundationArgs) -> Iterator[str]:
    existing = args.existing
    if existing.subnets and not existing.network:
        yield "existing.subnets: of a network; give existing.network, too"
    if existing.network and not existing.subnets and args.network and args.network.private_endpoints:
        yield "existing.subnets: private endpoints need one to be in; give it, or network.private_endpoints: false"
    if existing.dns_zones and not (args.network and args.network.private_endpoints):
        yield "existing.dns_zones: they hold names of private endpoints; give `network`, too"
    if strange := sorted(existing.dns_zones.keys() - set(zones.NAMES)):
        yield f"existing.dns_zones: {', '.join(strange)}: the zones are {', '.join(zones.NAMES)}"
    for zone, said in existing.dns_zones.items():
        form = rf"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/{_ZONE}/{re.escape(zone)}"
        if not re.fullmatch(form, said, re.IGNORECASE):
            yield f"existing.dns_zones: {zone}: /subscriptions/.../{_ZONE}/{zone}, and not {said!r}"


def _key(args: AzureFoundationArgs) -> Iterator[str]:
    said = args.existing.kms_key
    if said is None:
        return
    found = _KEY.fullmatch(said)
    if found is None:
        yield "existing.kms_key: https://VAULT.vault.azure.net/keys/NAME/VERSION"
    elif not args.existing.key_vault or last(args.existing.key_vault).lower() != found["vault"].lower():
        yield f"existing.kms_key: is in a vault that rights are given on; give existing.key_vault, with {found['vault']}"


def _secrets(args: AzureFoundationArgs) -> Iterator[str]:
    vault = last(args.existing.key_vault or "")
    for said in args.secrets:
        found = _SECRET.fullmatch(said)
        if found is None:
            yield f"secrets: {said}: neither a name nor https://VAULT.vault.azure.net/secrets/NAME"
        elif found["vault"] and found["vault"].lower() != vault.lower():
            where = f"{vault} alone" if vault else "the vault that is made, of which the secret's name is enough"
            yield f"secrets: {said}: rights are given on {where}; give existing.key_vault for another one"


def _trusted(args: AzureFoundationArgs) -> Iterator[str]:
    for who, said in (("planner", args.trusted.planner), ("deployer", args.trusted.deployer)):
        if strange := [it for it in said if not _TRUSTED.fullmatch(it)]:
            yield f"trusted.{who}: {', '.join(strange)}: user:, group: or app: and an object id of Microsoft Entra"
        if len({it.lower().rpartition(":")[2] for it in said}) < len(said):
            yield f"trusted.{who}: somebody is there twice"
    for who, ends in (("planner", args.github.planner), ("deployer", args.github.deployer)) if args.github else ():
        if len(ends) > CREDENTIALS:
            yield f"github.{who}: a managed identity has at most {CREDENTIALS} federated credentials"
        if wild := [it for it in ends if "*" in it]:
            yield f"github.{who}: {', '.join(wild)}: Azure compares whole subjects and knows no *"
        if len(set(ends)) < len(ends):
            yield f"github.{who}: an end of the subject is there twice, which Azure refuses"


def _budget(args: AzureFoundationArgs) -> Iterator[str]:
    asked = args.budget
    if asked is None:
        return
    if len(set(asked.percent)) < len(asked.percent):
        yield "budget.percent: a share is there twice"
    if (count := len(asked.percent) + asked.forecast) > NOTIFICATIONS:
        yield f"budget.percent: Azure tells at {NOTIFICATIONS} shares, the forecast counted, and this is {count}"
    if not count:
        yield "budget.percent: nobody would ever be told"
    if "currency" in asked.model_fields_set:
        yield "budget.currency: an Azure budget is in the billing account's own; leave it out"


def _watched(args: AzureFoundationArgs) -> Iterator[str]:
    for watched in args.watch:
        if not names.fits(watched.endpoint):
            yield f"watch: {watched.endpoint}: no name that an online endpoint can have"
        if watched.idle and not SHORTEST_IDLE <= watched.idle <= LONGEST_IDLE:
            yield f"watch: {watched.endpoint}: idle: ten minutes, as the log comes late, to two days, as far as an alert looks"
        if watched.p95 and watched.p95 <= timedelta(0):
            yield f"watch: {watched.endpoint}: p95: more than nothing"
