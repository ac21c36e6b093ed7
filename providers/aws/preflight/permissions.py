"""What the caller and the execution role are allowed, as IAM's own simulator answers for the table of actions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws import actions
from tradewind.providers.aws.errors import classified
from tradewind.providers.aws.preflight import bucket, simulated
from tradewind.providers.aws.preflight.looking import Caller, Look
from tradewind.providers.base import Check

SHOWN = 5  # denials said one by one
WHERE = "docs/providers/aws.md has the whole policy"
# These have policies on the things themselves, which may allow what no policy of the identity does.
ELSEWHERE = frozenset({"kms", "secretsmanager", "ecr"})


@dataclass(frozen=True)
class Ask:
    """One action on one thing. `passed_to` is the service a role is handed to."""

    action: str
    arn: str
    passed_to: str = ""


@dataclass(frozen=True)
class Denial:
    ask: Ask
    why: str = ""  # "" : nothing allows it
    sure: bool = True


def of_caller(look: Look) -> Iterator[Check]:
    who = look.caller()
    principal = _principal(look, who)
    if principal is None:
        yield Check("permissions", "ok" if who.kind == "root" else "cannot_tell", _unsimulated(who))
        return
    verbs: list[actions.Verb] = ["plan"]
    verbs += ["train", "logs"] if look.run else []
    verbs += ["serve"] if look.want else []
    yield from _told(look, "permissions", who.arn, principal, _asks(look, who, verbs))


def of_role(look: Look, arn: str) -> Iterator[Check]:
    if arn.split(":")[4] != look.caller().account:
        return  # the check of the role itself has said so
    said: Mapping[str, actions.Verb] = {"train": "job", "serve": "endpoint"}
    verbs = [said[use] for use in look.roles[arn]]
    yield from _told(look, "role permissions", arn, arn, _asks(look, look.caller(), verbs))


def _principal(look: Look, who: Caller) -> str | None:
    """The ARN whose policies are the caller's; None where IAM cannot simulate it."""
    if who.kind == "user":
        return who.arn.replace(":sts:", ":iam:")
    if who.kind != "assumed-role":
        return None
    name = who.arn.split("/")[1]
    with classified(f"look at role {name}"):  # a session's ARN leaves the role's path out
        return str(look.client("iam").get_role(RoleName=name)["Role"]["Arn"])


def _unsimulated(who: Caller) -> str:
    if who.kind == "root":
        return f"{who.arn} may do everything that the organization allows"
    return f"IAM cannot simulate {who.arn}"


def _asks(look: Look, who: Caller, verbs: Sequence[actions.Verb]) -> tuple[Ask, ...]:
    """Every action of the verbs on the very things that this workload is about."""
    about = simulated.things(look, who)
    when = {"", *simulated.conditions(look)}
    rows = [row for row in actions.rows(verbs, when) if row.action != "sts:GetCallerIdentity"]
    asks = [Ask(row.action, arn, row.passed_to) for row in rows for pattern in row.on for arn in about(pattern)]
    return tuple(dict.fromkeys(asks))


def _told(look: Look, title: str, name: str, principal: str, asks: Sequence[Ask]) -> Iterator[Check]:
    try:
        denials = _simulate(look, principal, asks)
    except ProviderError as error:
        if error.kind == "missing":
            yield Check(title, "cannot_tell", f"IAM does not know {principal}")
        elif error.kind == "permission":
            fix = "allow iam:SimulatePrincipalPolicy to have this checked"
            yield Check(title, "cannot_tell", f"nobody lets this identity ask what {name} may do", fix)
        else:
            raise
        return
    denials = tuple(_weighed(look, denials))
    sure = [denial for denial in denials if denial.sure]
    if not denials:
        yield Check(title, "ok", f"{name} is allowed all {len({ask.action for ask in asks})} actions that this needs")
        return
    said = f"{name} may not {_listed(sure or denials)}"
    if sure:
        yield Check(title, "will_fail", said, f"allow {'them' if len(sure) > 1 else 'it'}; {WHERE}")
    else:
        yield Check(
            title, "cannot_tell", f"{said} by its own policies; a policy of the thing itself may allow it", WHERE
        )


def _weighed(look: Look, denials: Iterable[Denial]) -> Iterator[Denial]:
    """Whether something else may still allow it: a bucket's policy, a key's, a secret's."""
    policies: dict[str, bool | None] = {}
    for denial in denials:
        service = denial.ask.action.split(":")[0]
        if denial.why == "" and service in ELSEWHERE:
            yield Denial(denial.ask, denial.why, sure=False)
        elif denial.why == "" and service == "s3":
            name = denial.ask.arn.split(":::")[-1].split("/")[0]
            if name not in policies:
                policies[name] = bucket.has_policy(look, name)
            yield Denial(denial.ask, denial.why, sure=policies[name] is False)
        else:
            yield denial


def _simulate(look: Look, principal: str, asks: Sequence[Ask]) -> tuple[Denial, ...]:
    """One request a service, of all its actions on all its things: what was not asked about is left out of the answer."""
    groups: dict[tuple[str, str], list[Ask]] = {}
    for ask in asks:
        groups.setdefault((ask.arn if ask.arn == "*" else ask.action.split(":")[0], ask.passed_to), []).append(ask)
    wanted = {(ask.action.lower(), ask.arn): ask for ask in asks}
    denied = [
        Denial(wanted[action.lower(), arn], why, sure)
        for (_, to), group in groups.items()
        for action, arn, why, sure in _request(
            look, principal, sorted({ask.action for ask in group}), sorted({ask.arn for ask in group}), to
        )
        if (action.lower(), arn) in wanted
    ]
    order = {ask: number for number, ask in enumerate(asks)}
    return tuple(sorted(denied, key=lambda it: order[it.ask]))


def _request(
    look: Look, principal: str, names: Sequence[str], on: Sequence[str], passed_to: str
) -> Iterator[tuple[str, str, str, bool]]:
    """(action, ARN, why, sure) of each denial."""
    said: dict[str, Any] = {"PolicySourceArn": principal, "ActionNames": list(names), "ResourceArns": list(on)}
    if passed_to:
        entry = {"ContextKeyName": "iam:PassedToService", "ContextKeyType": "string", "ContextKeyValues": [passed_to]}
        said["ContextEntries"] = [entry]
    with classified(f"simulate the policies of {principal}"):
        pages = look.client("iam").get_paginator("simulate_principal_policy").paginate(**said)
        results = [result for page in pages for result in page["EvaluationResults"]]
    for result in results:
        # With several things the decision above is of all together; each one's own is among the specific ones.
        for arn, decision, missing in _decisions(result, on):
            if decision != "allowed":
                why = _why(result, decision)
                yield result["EvalActionName"], arn, why, not (missing and decision == "implicitDeny")


def _decisions(result: Mapping[str, Any], on: Sequence[str]) -> Iterator[tuple[str, str, Sequence[str]]]:
    specific = result.get("ResourceSpecificResults") or ()
    for one in specific:
        yield one["EvalResourceName"], one["EvalResourceDecision"], one.get("MissingContextValues") or ()
    if not specific:
        name = result.get("EvalResourceName") or "*"
        missing = result.get("MissingContextValues") or ()
        for arn in on if name == "*" else (name,):
            yield arn, result["EvalDecision"], missing


def _why(result: Mapping[str, Any], decision: str) -> str:
    if (result.get("OrganizationsDecisionDetail") or {}).get("AllowedByOrganizations") is False:
        return "a policy of the organization denies it"
    if (result.get("PermissionsBoundaryDecisionDetail") or {}).get("AllowedByPermissionsBoundary") is False:
        return "its permissions boundary denies it"
    return "a policy denies it" if decision == "explicitDeny" else ""


def _listed(denials: Sequence[Denial]) -> str:
    by_action: dict[tuple[str, str], list[str]] = {}
    for denial in denials:
        by_action.setdefault((denial.ask.action, denial.why), []).append(denial.ask.arn)
    words = [
        f"{action}{f' on {_short(arns[0])}' if arns[0] != '*' else ''}{f' ({why})' if why else ''}"
        for (action, why), arns in by_action.items()
    ]
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return ", ".join(words[:SHOWN]) + more


def _short(arn: str) -> str:
    """arn:aws:sagemaker:us-east-1:123456789012:endpoint/churn -> endpoint/churn: account and region are the same all over."""
    return arn.split(":", 5)[-1]
