"""Planner, deployer and runtime: an account each, with a role of just what the table says, where it is narrowest.

What was named and not made (`existing`) is given nothing: whoever owns it does that, by `deploy infra policy`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_gcp as gcp

from tradewind.infra.gcp.ground import Ground, cut
from tradewind.providers.gcp import actions

Who = Literal["planner", "deployer", "runtime"]
WHO: tuple[Who, ...] = ("runtime", "planner", "deployer")
ACT_AS = "roles/iam.serviceAccountUser"
TOKENS = "roles/iam.serviceAccountTokenCreator"


@dataclass(frozen=True)
class Account:
    """`id` is the full name, None for one that was there and whose project is not known here."""

    mail: Any
    id: Any = None


@dataclass(frozen=True)
class Places:
    """Names of what roles are bound to. `registry` None where it was there before."""

    bucket: Any
    registry: Any


def make(ground: Ground) -> dict[Who, Account]:
    return {who: _account(ground, who) for who in WHO}


def _account(ground: Ground, who: Who) -> Account:
    if said := getattr(ground.args.existing, who):
        return Account(said, f"projects/-/serviceAccounts/{said}")
    made = gcp.serviceaccount.Account(
        ground.logical(who),
        project=ground.args.project,
        account_id=cut(ground.title(who), 30),
        display_name=f"tradewind {who} of {ground.args.environment}",
        opts=ground.opts(who),
    )
    return Account(made.email, made.name)


def member(mail: Any) -> Any:
    return pulumi.Output.concat("serviceAccount:", mail)


def bind(ground: Ground, accounts: dict[Who, Account], places: Places) -> None:
    for who, account in accounts.items():
        if getattr(ground.args.existing, who) is None:
            _bound(ground, who, account, accounts["runtime"], places)
        _trusted(ground, who, account)


def _bound(ground: Ground, who: Who, account: Account, runtime: Account, places: Places) -> None:
    if role := _role(ground, who, "project"):
        _project(ground, f"{who}-project", account, role)
    if role := _role(ground, who, "bucket"):
        gcp.storage.BucketIAMMember(
            ground.logical(f"{who}-bucket"),
            bucket=places.bucket,
            role=role,
            member=member(account.mail),
            opts=ground.opts(f"{who}-bucket"),
        )
    if places.registry is not None and (role := _role(ground, who, "registry")):
        gcp.artifactregistry.RepositoryIamMember(
            ground.logical(f"{who}-registry"),
            project=ground.args.project,
            location=ground.args.region,
            repository=places.registry,
            role=role,
            member=member(account.mail),
            opts=ground.opts(f"{who}-registry"),
        )
    if acting := ACT_AS if who == "deployer" else _role(ground, who, "runtime"):
        _on_account(ground, f"{who}-runtime", runtime, acting, member(account.mail))
    if role := _role(ground, who, "secret"):
        _secrets(ground, who, account, role)


def _role(ground: Ground, who: Who, at: actions.On) -> Any:
    """A custom role of the project; None where the identity needs nothing there."""
    when: tuple[actions.When, ...] = ("secrets",)
    allowed = actions.permissions(who, when=when, on=at)
    if not allowed:
        return None
    made = gcp.projects.IAMCustomRole(
        ground.logical(f"role-{who}-{at}"),
        project=ground.args.project,
        role_id=cut(ground.title(who, at), 64).replace("-", "_"),
        title=cut(f"tradewind {ground.title(who)}: {at}", 100),
        permissions=list(allowed),
        stage="GA",
        opts=ground.opts(f"role-{who}-{at}"),
    )
    return made.name


def _project(ground: Ground, short: str, account: Account, role: Any, condition: Any = None) -> None:
    gcp.projects.IAMMember(
        ground.logical(short),
        project=ground.args.project,
        role=role,
        member=member(account.mail),
        condition=condition,
        opts=ground.opts(short),
    )


def _secrets(ground: Ground, who: Who, account: Account, role: Any) -> None:
    """Those that are named; else those whose names begin with a project's; else every one of the project."""
    for name in ground.args.secrets:
        gcp.secretmanager.SecretIamMember(
            ground.logical(f"{who}-secret-{name}"),
            project=ground.args.project,
            secret_id=name,
            role=role,
            member=member(account.mail),
            opts=ground.opts(f"{who}-secret-{name}"),
        )
    if ground.args.secrets:
        return
    begins = [f'resource.name.extract("/secrets/{{name}}/").startsWith("{it}")' for it in ground.args.projects]
    condition = {"title": "secrets of its projects", "expression": " || ".join(begins)} if begins else None
    _project(ground, f"{who}-secrets", account, role, condition)


def _on_account(ground: Ground, short: str, account: Account, role: Any, who: Any) -> None:
    gcp.serviceaccount.IAMMember(
        ground.logical(short), service_account_id=account.id, role=role, member=who, opts=ground.opts(short)
    )


def _trusted(ground: Ground, who: Who, account: Account) -> None:
    for number, trusted in enumerate(getattr(ground.args.trusted, who, ())):
        _on_account(ground, f"{who}-trusted-{number}", account, TOKENS, trusted)
