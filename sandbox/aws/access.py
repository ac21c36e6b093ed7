"""IAM's policy simulator: what a role, a user or a group of the account may do, by the policies that moto holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from moto import backends

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.faults import ServiceError
from tradewind.sandbox.aws.pages import page
from tradewind.sandbox.aws.policies import ALLOWED, UNSAID, Context, Decision, Malformed, Policy, decide, read
from tradewind.sandbox.aws.wire import Wire

Said = Mapping[str, Any]
SOURCE = re.compile(rf"arn:aws:iam::({ACCOUNT}):(user|group|role)/(?:.*/)?([\w+=,.@-]+)")
ACTION = re.compile(r"[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+")
PAGE = 100


class Access:
    """`door` answers SimulatePrincipalPolicy and SimulateCustomPolicy."""

    def __init__(self) -> None:
        work = {"SimulatePrincipalPolicy": self._principal, "SimulateCustomPolicy": self._custom}
        self.door = Wire("iam", work, invalid="ValidationError")

    def _principal(self, said: Said, _: str) -> Said:
        source = said["PolicySourceArn"]
        found = SOURCE.fullmatch(source)
        if found is None:
            raise _wrong(f"Invalid Entity Arn: {source} does not clearly define entity type and name.")
        held, boundary = _held(found[2], found[3], source)
        context = {"aws:username": [found[3]]} if found[2] == "user" else {}
        return _simulated(said, [*held, *_given(said, "PolicyInputList")], boundary, context)

    def _custom(self, said: Said, _: str) -> Said:
        return _simulated(said, _given(said, "PolicyInputList"), [], {})


def _simulated(said: Said, policies: Sequence[Policy], boundary: Sequence[Policy], own: Context) -> Said:
    for name in ("ResourcePolicy", "ResourceHandlingOption"):
        if said.get(name):
            raise _wrong(f"This sandbox does not emulate {name}.")
    for action in said["ActionNames"]:
        if not ACTION.fullmatch(action):
            raise _wrong(f"Invalid Action: {action}. An action is named service:Operation.")
    boundary = [*boundary, *_given(said, "PermissionsBoundaryPolicyInputList")]
    entries = {
        one["ContextKeyName"].lower(): one.get("ContextKeyValues") or [] for one in said.get("ContextEntries") or ()
    }
    context = {"aws:principalaccount": [ACCOUNT], **own, **entries}
    resources = said.get("ResourceArns") or ["*"]
    results = [
        _result(
            action, resource, decide(policies, action, resource, context), _bound(boundary, action, resource, context)
        )
        for action in said["ActionNames"]
        for resource in resources
    ]
    asked = {"NextToken": said.get("Marker"), "MaxResults": said.get("MaxItems")}
    shown, token = page(results, asked, size=PAGE, refused=_wrong("Invalid Marker."))
    marker = {"Marker": token["NextToken"]} if token else {}
    return {"EvaluationResults": list(shown), "IsTruncated": bool(token), **marker}


def _bound(boundary: Sequence[Policy], action: str, resource: str, context: Context) -> bool | None:
    """Does the permissions boundary allow it? None: there is none."""
    return decide(boundary, action, resource, context).verdict == ALLOWED if boundary else None


def _result(action: str, resource: str, decision: Decision, bound: bool | None) -> Said:
    """Missing keys are told of the resource where one is named, as the API's page on EvaluationResult says."""
    verdict = UNSAID if bound is False and decision.verdict == ALLOWED else decision.verdict
    statements = [{"SourcePolicyId": one.name, "SourcePolicyType": one.kind} for one in _once(decision.policies)]
    detail = {} if bound is None else {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": bound}}
    missing, named = list(decision.missing), resource != "*"
    specific = {
        "EvalResourceName": resource,
        "EvalResourceDecision": verdict,
        "MatchedStatements": statements,
        "MissingContextValues": missing,
        **detail,
    }
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": verdict,
        "MatchedStatements": statements,
        "MissingContextValues": [] if named else missing,
        **({"ResourceSpecificResults": [specific]} if named else {}),
        **detail,
    }


def _once(policies: Sequence[Policy]) -> Iterator[Policy]:
    seen: set[str] = set()
    for policy in policies:
        if policy.name not in seen:
            seen.add(policy.name)
            yield policy


def _given(said: Said, name: str) -> list[Policy]:
    return [_read(f"{name}.{number}", "none", text) for number, text in enumerate(said.get(name) or (), start=1)]


def _held(kind: str, name: str, arn: str) -> tuple[list[Policy], list[Policy]]:
    """The policies of an entity, and those of its permissions boundary. Raises ServiceError where it is not there."""
    iam = backends.get_backend("iam")[ACCOUNT]["aws"]
    entities: Mapping[str, Mapping[str, Any]] = {"role": iam.roles, "user": iam.users, "group": iam.groups}
    entity = next((one for one in entities[kind].values() if one.name == name), None)
    if entity is None or entity.arn != arn:
        raise ServiceError("NoSuchEntity", f"The {kind} with name {name} cannot be found.", status=404)
    found = list(_own(kind, entity))
    if kind == "user":
        for group in iam.groups.values():
            if any(user.name == name for user in group.users):
                found += _own("group", group)
    limit = getattr(entity, "permissions_boundary_arn", None)
    if not limit:
        return found, []
    policy = iam.managed_policies.get(limit)
    return found, [Policy(limit, "none", ())] if policy is None else [_managed(policy)]


def _own(kind: str, entity: Any) -> Iterator[Policy]:
    for name, text in entity.policies.items():
        yield _read(f"{kind}_{entity.name}_{name}", kind, text)
    for policy in entity.managed_policies.values():
        yield _managed(policy)


def _managed(policy: Any) -> Policy:
    kind = "aws-managed" if ":aws:policy/" in policy.arn else "user-managed"
    document = next(version.document for version in policy.versions if version.version_id == policy.default_version_id)
    return _read(policy.name, kind, document)


def _read(name: str, kind: str, text: str) -> Policy:
    try:
        return read(name, kind, text)
    except Malformed as error:
        raise ServiceError("MalformedPolicyDocument", f"Syntax errors in policy: {name}") from error


def _wrong(message: str) -> ServiceError:
    return ServiceError("InvalidInput", message)
