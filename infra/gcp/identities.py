"""Planner, deployer and runtime: an account each, with roles of just what the table says, where each is narrowest.

An account that was there (`existing`) is given no role: whoever owns it does that, by `deploy infra policy`. Who may act as it
is asked for here (`trusted`, `github`), and is bound on it. A role made here is good for this project alone: what lies in
another one, its owner has to allow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_gcp as gcp

from tradewind.infra import layout
from tradewind.infra.arguments import GcpFoundationArgs
from tradewind.infra.gcp import sparing
from tradewind.infra.gcp.ground import Ground, cut, mark
from tradewind.infra.gcp.registry import Registry
from tradewind.providers.gcp import actions

Who = Literal["planner", "deployer", "runtime"]
WHO: tuple[Who, ...] = ("runtime", "planner", "deployer")
TOKENS = "roles/iam.serviceAccountTokenCreator"
OPERATORS = 12  # logical ones in a condition, at most ("Quotas and limits" of IAM)


@dataclass(frozen=True)
class Account:
    """`id` is the full name. `number` is new with each making, and None for one that was there."""

    mail: Any
    id: Any
    number: Any = None


@dataclass(frozen=True)
class Places:
    """What roles are bound to."""

    bucket: Any
    registry: Registry


def make(ground: Ground) -> dict[Who, Account]:
    return {who: _account(ground, who) for who in WHO}


def _account(ground: Ground, who: Who) -> Account:
    if said := getattr(ground.args.existing, who):
        return Account(said, f"projects/{_project_of(said)}/serviceAccounts/{said}")
    made = gcp.serviceaccount.Account(
        ground.logical(who),
        project=ground.args.project,
        account_id=cut(ground.title(who), 30),
        display_name=f"tradewind {who} of {ground.args.environment}",
        opts=ground.opts(who),
    )
    return Account(made.email, made.name, made.unique_id)


def _project_of(mail: str) -> str:
    """`-` for the accounts that Google makes, whose mail does not say: it stands for "the account's own"."""
    found = re.fullmatch(r"[^@]+@(?P<project>.+)\.iam\.gserviceaccount\.com", mail)
    if found is None:
        return "-"
    name, _, domain = found["project"].partition(".")  # a project of a domain, acme.com:ml, is ml.acme.com here
    return f"{domain}:{name}" if domain else name


def fresh(accounts: dict[Who, Account], title: str, limit: int) -> Any:
    """The title with an end that is new when the ground is made again: some of what was deleted keeps its name for weeks."""
    made = [account for account in accounts.values() if account.number is not None]
    return _fresh(made[0], title, limit) if made else cut(title, limit)


def _fresh(account: Account, title: str, limit: int) -> pulumi.Output[str]:
    number = pulumi.Output.from_input(account.number)
    return number.apply(lambda it: f"{cut(title, limit - 7)}-{mark(it)}" if it else cut(title, limit))


def member(mail: Any) -> Any:
    return pulumi.Output.concat("serviceAccount:", mail)


def bind(ground: Ground, accounts: dict[Who, Account], places: Places) -> None:
    for who, account in accounts.items():
        if getattr(ground.args.existing, who) is None:
            _bound(ground, who, account, accounts["runtime"], places)
        _trusted(ground, who, account)


def _bound(ground: Ground, who: Who, account: Account, runtime: Account, places: Places) -> None:
    if role := _role(ground, who, account, "project"):
        _on_project(ground, f"{who}-project", account, role)
    _on_bucket(ground, who, account, places.bucket)
    if places.registry.name is not None and (role := _role(ground, who, account, "registry")):
        gcp.artifactregistry.RepositoryIamMember(
            ground.logical(f"{who}-registry"),
            project=ground.args.project,
            location=places.registry.location,
            repository=places.registry.name,
            role=role,
            member=member(account.mail),
            opts=ground.opts(f"{who}-registry"),
        )
    if _ours(ground.args) and (role := _role(ground, who, account, "runtime")):
        on_account(ground, f"{who}-runtime", runtime, role, member(account.mail))
    if role := _role(ground, who, account, "secret"):
        _secrets(ground, who, account, role)


def _on_bucket(ground: Ground, who: Who, account: Account, bucket: Any) -> None:
    """Whether a bucket that was there has uniform access, which a condition needs, is not known: there is none on it."""
    allowed = actions.permissions(who, when=_when(ground.args), on="bucket")
    plain, writing = (allowed, ()) if ground.args.existing.bucket else sparing.parted(allowed)
    key = layout.published(ground.args)
    spared = pulumi.Output.from_input(bucket).apply(lambda it: sparing.expression(it, key))
    for short, some, condition in (
        ("bucket", plain, None),
        ("bucket-writing", writing, {"title": sparing.TITLE, "expression": spared}),
    ):
        if some:
            gcp.storage.BucketIAMMember(
                ground.logical(f"{who}-{short}"),
                bucket=bucket,
                role=_holding(ground, who, account, short, some),
                member=member(account.mail),
                condition=condition,
                opts=ground.opts(f"{who}-{short}"),
            )


def _ours(args: GcpFoundationArgs) -> bool:
    """The runtime is of this project, so that a role of this project can be bound on it."""
    return args.existing.runtime is None or _project_of(args.existing.runtime) == args.project


def _role(ground: Ground, who: Who, account: Account, at: actions.On) -> Any:
    """A custom role of the project; None where the identity needs nothing there. A deleted role keeps its id for 37 days, of
    which it can be had back in the first seven."""
    allowed = actions.permissions(who, when=_when(ground.args), on=at)
    return _holding(ground, who, account, at, allowed) if allowed else None


def _holding(ground: Ground, who: Who, account: Account, short: str, allowed: tuple[str, ...]) -> Any:
    made = gcp.projects.IAMCustomRole(
        ground.logical(f"role-{who}-{short}"),
        project=ground.args.project,
        role_id=_fresh(account, ground.title(who, short), 64).apply(lambda it: it.replace("-", "_")),
        title=cut(f"tradewind {ground.title(who)}: {short}", 100),
        permissions=list(allowed),
        stage="GA",
        opts=ground.opts(f"role-{who}-{short}", kept=["role_id"]),
    )
    return made.name


def _when(args: GcpFoundationArgs) -> tuple[actions.When, ...]:
    asked: dict[actions.When, bool] = {
        "secrets": True,
        "kms": bool(args.key == "own" or args.existing.kms_key),
        "vpc": bool(args.network or args.existing.network),
    }
    return tuple(word for word, wanted in asked.items() if wanted)


def _on_project(ground: Ground, short: str, account: Account, role: Any, condition: Any = None) -> None:
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
    for reference in ground.args.secrets:
        name = reference.partition("/versions/")[0]
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
    if not ground.args.projects:
        _on_project(ground, f"{who}-secrets", account, role)
    for named, expression in _beginning(ground.args.projects):
        short = f"{who}-secrets-{named}"
        _on_project(ground, short, account, role, {"title": "secrets of its projects", "expression": expression})


def _beginning(projects: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Conditions on names of secrets, with the first project of each."""
    for start in range(0, len(projects), OPERATORS + 1):
        some = projects[start : start + OPERATORS + 1]
        yield some[0], " || ".join(f'resource.name.extract("/secrets/{{name}}/").startsWith("{it}")' for it in some)


def on_account(ground: Ground, short: str, account: Account, role: Any, who: Any) -> None:
    gcp.serviceaccount.IAMMember(
        ground.logical(short), service_account_id=account.id, role=role, member=who, opts=ground.opts(short)
    )


def _trusted(ground: Ground, who: Who, account: Account) -> None:
    for trusted in dict.fromkeys(getattr(ground.args.trusted, who, ())):
        on_account(ground, f"{who}-trusted-{trusted}", account, TOKENS, trusted)
