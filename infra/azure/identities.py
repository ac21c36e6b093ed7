"""Planner, deployer and runtime: managed identities, their roles, and GitHub's way to become the first two."""

from __future__ import annotations

from typing import Literal

import pulumi
import pulumi_azure_native as azure

from tradewind.infra.azure import roles
from tradewind.infra.azure.site import Site, Text

Who = Literal["planner", "deployer", "runtime"]
ISSUER = "https://token.actions.githubusercontent.com"
AUDIENCE = (
    "api://AzureADTokenExchange"  # "Configure a user-assigned managed identity to trust an external identity provider"
)


def make(site: Site, container: Text, registry: Text, vault: Text) -> dict[Who, Text]:
    """Identifiers. One that is there already keeps the permissions that its owner gave it."""
    everyone: tuple[Who, ...] = ("planner", "deployer", "runtime")
    return {who: _one(site, who, container, registry, vault) for who in everyone}


def _one(site: Site, who: Who, container: Text, registry: Text, vault: Text) -> Text:
    there = getattr(site.args.existing, who)
    trusted: tuple[str, ...] = getattr(site.args.trusted, who, ())
    principals: list[tuple[str, pulumi.Input[str], str | None]] = [(f"{who}-{it}", it, None) for it in trusted]
    identifier = pulumi.Output.from_input(there or "")
    if not there:
        made = azure.managedidentity.UserAssignedIdentity(
            site.child(who),
            resource_name_=f"{site.slug}-{who}",
            resource_group_name=site.group,
            location=site.args.region,
            tags=site.tags,
            opts=site.opts(),
        )
        identifier = made.id
        principals.append((who, made.principal_id, "ServicePrincipal"))
        _github(site, who, made)
        if who == "runtime":
            _runtime(site, made.principal_id, container, registry, vault)
    if principals:
        _custom(site, who, principals)
    return identifier


def _custom(site: Site, who: Who, principals: list[tuple[str, pulumi.Input[str], str | None]]) -> None:
    for scope in ("group", "subscription"):
        role = roles.custom(site, who, scope)
        if role is None:
            continue
        for short, principal, kind in principals:
            roles.assign(site, f"{short}-{scope}", role[1], principal, role[0], kind)


def _runtime(site: Site, principal: Text, container: Text, registry: Text, vault: Text) -> None:
    """On the things themselves, which may be in another group than ours."""
    wanted = [("container", container, roles.BLOB_CONTRIBUTOR), ("registry", registry, roles.ACR_PULL)]
    if site.args.secrets:
        wanted += [
            (f"secret-{it}", pulumi.Output.concat(vault, "/secrets/", it), roles.SECRETS_USER)
            for it in site.args.secrets
        ]
    else:
        wanted.append(("vault", vault, roles.SECRETS_USER))
    for short, scope, role in wanted:
        roles.assign(site, f"runtime-{short}", scope, principal, roles.builtin(site, role), "ServicePrincipal")


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
            opts=site.opts(depends_on=list(before)),
        )
        before = [made]
