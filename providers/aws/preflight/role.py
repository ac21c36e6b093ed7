"""The execution role: is it there, of this account, and does it let SageMaker take it."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from tradewind.errors import ProviderError
from tradewind.providers.aws.errors import classified
from tradewind.providers.aws.preflight.looking import Look
from tradewind.providers.base import Check

SERVICE = "sagemaker.amazonaws.com"
NAMED = "give `aws.train.role` and `aws.serve.role`, or `runtime_role` among the foundation's outputs"
Answer = Literal["yes", "no", "perhaps"]

TRUST = '{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}'


def unknown() -> Iterator[Check]:
    yield Check("role", "will_fail", "no execution role is known", NAMED)


def check(look: Look, arn: str) -> Iterator[Check]:
    parts = arn.split(":")
    if len(parts) < 6 or not parts[5].startswith("role/"):
        yield Check("role", "will_fail", f"{arn} is no role's ARN", f"arn:aws:iam::ACCOUNT:role/NAME; {NAMED}")
        return
    name, owner = arn.rsplit("/", 1)[-1], parts[4]
    who = look.caller()
    if owner != who.account:
        said = f"{arn} is of another account than {who.account}; SageMaker takes roles of its own account only"
        yield Check("role", "will_fail", said, NAMED)
        return
    try:
        with classified(f"look at role {name}"):
            found = look.client("iam").get_role(RoleName=name)["Role"]
    except ProviderError as error:
        if error.kind != "missing":
            raise
        yield Check("role", "will_fail", f"there is no role {name} in account {owner}", f"create it, or {NAMED}")
        return
    if found["Arn"] != arn:
        said = f"{arn} is not its whole name: {found['Arn']} is"
        yield Check("role", "will_fail", said, f"write {found['Arn']}")
        return
    yield _of_trust(arn, trusts(found.get("AssumeRolePolicyDocument"), SERVICE, owner))


def _of_trust(arn: str, answer: Answer) -> Check:
    if answer == "no":
        fix = f"add to its trust policy: {TRUST}"
        return Check("role", "will_fail", f"{arn} does not let {SERVICE} assume it", fix)
    if answer == "perhaps":
        said = f"the trust policy of {arn} has conditions that only SageMaker's own request can answer"
        return Check("role", "cannot_tell", said)
    return Check("role", "ok", f"{arn}, and SageMaker may assume it")


def trusts(document: Any, service: str, account: str) -> Answer:
    """Whether a trust policy lets a service of this account assume its role."""
    if not isinstance(document, Mapping):  # botocore leaves what it cannot read as it is
        return "perhaps"
    statements = [it for it in _list(document.get("Statement")) if _is_about(it, service)]
    denied = [_holds(it, account) for it in statements if it.get("Effect") == "Deny"]
    allowed = [_holds(it, account) for it in statements if it.get("Effect") == "Allow"]
    if "yes" in denied or set(allowed) <= {"no"}:
        return "no"
    return "perhaps" if "perhaps" in denied or "yes" not in allowed else "yes"


def _is_about(statement: Mapping[str, Any], service: str) -> bool:
    principal = statement.get("Principal")
    named = principal == "*" or (
        isinstance(principal, Mapping) and bool({service, "*"} & set(_list(principal.get("Service"))))
    )
    actions = [str(action).lower() for action in _list(statement.get("Action"))]
    return named and any(fnmatch.fnmatchcase("sts:assumerole", action) for action in actions)


def _holds(statement: Mapping[str, Any], account: str) -> Answer:
    """Whether its conditions hold. The account can be compared; what else SageMaker sends along cannot be known here."""
    answers: set[Answer] = {"yes"}
    for operator, tests in (statement.get("Condition") or {}).items():
        for key, values in tests.items():
            patterns = [str(value) for value in _list(values)]
            if key.lower() == "aws:sourceaccount" and operator in ("StringEquals", "StringLike"):
                answers.add("yes" if any(fnmatch.fnmatchcase(account, it) for it in patterns) else "no")
            else:
                answers.add("perhaps")
    return "no" if "no" in answers else "perhaps" if "perhaps" in answers else "yes"


def _list(said: Any) -> Sequence[Any]:
    return () if said is None else said if isinstance(said, list | tuple) else (said,)
