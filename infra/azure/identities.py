"""Planner, deployer and runtime: managed identities, their roles, and GitHub's way to become the first two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_azure_native as azure

from tradewind.infra import layout
from tradewind.infra.azure import limits, names, roles, sparing
from tradewind.infra.azure.site import Site, Text
from tradewind.providers.azure import actions

Who = Literal["planner", "deployer", "runtime"]
ISSUER = "https://token.actions.githubusercontent.com"
AUDIENCE = (
    "api://AzureADTokenExchange"  # "Configure a user-assigned managed identity to trust an external identity provider"
)


@dataclass(frozen=True)
class Places:
    """Identifiers of what the roles are about, wherever it is."""

    workspace: Text
    container: Text
    registry: Text
    vault: Text
    runtime: Text


@dataclass(frozen=True)
class Identity:
    """`principal` is None for one that is there already, which keeps the permissions that its owner gave it."""

    id: Text
    principal: Text | None


@dataclass(frozen=True)
class _Principal:
    short: str
    id: pulumi.Input[str]
    kind: str


def make(site: Site) -> Mapping[Who, Identity]:
    everyone: tuple[Who, ...] = ("planner", "deployer", "runtime")
    return {who: _one(site, who) for who in everyone}


def seed(made: Mapping[Who, Identity]) -> Text | None:
    """What is another one for identities that are made again; None where none is made."""
    return next((it.principal for it in made.values() if it.principal is not None), None)


def _one(site: Site, who: Who) -> Identity:
    there = getattr(site.args.existing, who)
    if there:
        return Identity(site.id_of("Microsoft.ManagedIdentity/userAssignedIdentities", there), None)
    made = azure.managedidentity.UserAssignedIdentity(
        site.child(who),
        resource_name_=f"{site.slug}-{who}",
        resource_group_name=site.group,
        location=site.args.region,
        tags=site.tags,
        opts=site.opts(who),
    )
    _github(site, who, made)
    return Identity(made.id, made.principal_id)


def allow(site: Site, made: Mapping[Who, Identity], places: Places) -> None:
    for who, identity in made.items():
        trusted = [it.partition(":") for it in getattr(site.args.trusted, who, ())]
        principals = [_Principal(f"{who}-{it}", it, limits.KINDS[kind]) for kind, _, it in trusted]
        if identity.principal is not None:
            principals.append(_Principal(who, identity.principal, "ServicePrincipal"))
        if principals:
            _allow(site, who, principals, places)


def _allow(site: Site, who: Who, principals: list[_Principal], places: Places) -> None:
    """The group's role in our group, and on each thing that is in another one; the secrets' where the secrets are."""
    strangers = _strangers(site, places)
    needed = actions.definition(who)
    group = roles.custom(site, who, "group", needed, [site.scope, *_groups(strangers)])
    above = roles.custom(
        site, who, "subscription", actions.definition(who, scope="subscription"), [roles.subscription(site)]
    )
    abroad = [names.group_of(it) for it in (site.args.existing.key_vault or "",) if site.abroad(it)]
    secret = roles.custom(
        site, who, "secrets", roles.secrets(who), [site.scope, *map(pulumi.Output.from_input, abroad)]
    )
    handed = roles.custom(site, who, "runtime", actions.definition(who, scope="runtime"), [_home(site)])
    given = [("group", site.scope, group), ("subscription", roles.subscription(site), above)]
    given += [("runtime", places.runtime, handed)]
    given += [(short, place, group) for short, (_, place) in strangers.items()]
    given += [(short, place, secret) for short, place in _secrets(site, places.vault)]
    for principal in principals:
        for short, place, role in given:
            if role is not None:
                name = f"{principal.short}-{short}"
                spared = sparing.condition(layout.published(site.args), needed) if role is group else ""
                roles.assign(site, name, place, principal.id, role, principal.kind, spared)


def _strangers(site: Site, places: Places) -> dict[str, tuple[str, Text]]:
    """By short name, what is in other groups than ours: its group, and itself."""
    existing = site.args.existing
    said = {
        "workspace": (existing.workspace, places.workspace),
        "container": (existing.storage_account, places.container),
        "registry": (existing.registry, places.registry),
    }
    return {short: (names.group_of(it), place) for short, (it, place) in said.items() if it and site.abroad(it)}


def _home(site: Site) -> Text:
    """The group that the runtime is in: a role can be given in groups, not in single things alone."""
    abroad = site.args.existing.runtime if site.abroad(site.args.existing.runtime) else None
    return pulumi.Output.from_input(names.group_of(abroad)) if abroad else site.scope


def _groups(strangers: Mapping[str, tuple[str, Text]]) -> list[Text]:
    return [pulumi.Output.from_input(it) for it in dict.fromkeys(group for group, _ in strangers.values())]


def _secrets(site: Site, vault: Text) -> list[tuple[str, Text]]:
    if not site.args.secrets:
        return [("secrets", vault)]
    said = dict.fromkeys(secret(it) for it in site.args.secrets)
    return [(f"secret-{it}", pulumi.Output.concat(vault, "/secrets/", it)) for it in said]


def secret(reference: str) -> str:
    """The name of a secret, of a reference as deploy.yaml has it: https://VAULT.vault.azure.net/secrets/NAME[/VERSION]."""
    return reference.partition("/secrets/")[2].partition("/")[0] or reference


def _github(site: Site, who: Who, identity: azure.managedidentity.UserAssignedIdentity) -> None:
    if site.args.github is None:
        return
    before: list[pulumi.Resource] = []
    for number, end in enumerate(getattr(site.args.github, who, ())):
        made = azure.managedidentity.FederatedIdentityCredential(
            site.child(f"{who}-github-{number}"),
            federated_identity_credential_resource_name=f"github-{number}",
            resource_name_=identity.name,
            resource_group_name=site.group,
            issuer=ISSUER,
            audiences=[AUDIENCE],
            subject=f"repo:{site.args.github.repository}:{end}",
            # One at a time: writes to the same identity at once are refused.
            opts=site.opts(f"{who}-github-{number}", depends_on=list(before)),
        )
        before = [made]
