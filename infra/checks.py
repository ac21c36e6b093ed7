"""Checks of what a preview is about to make: plain functions, no policy pack and no Pulumi.

How a command uses them: take each resource that would stand afterwards, also what does not change since rules look at what
is beside a resource, with the inputs of its `resourcePreEvent` (`metadata.new.inputs`), as a `Resource`; then

    found = violations(resources, rules)
    refuse(found)                    # ProviderError, kind "permission", TW850, exit 6, of what is mandatory
    for it in found: print(it.text)  # the rest is advice

A value that is not known before the deployment (Pulumi's marker, or a secret) is not taken for a good one: such a finding
says that it cannot tell (`known` is false), and is advice whatever the check's own severity is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tradewind.errors import ProviderError
from tradewind.infra import judges
from tradewind.infra.judges import SECRET, UNKNOWN, Asked, Finding, Resource, Rules

__all__ = [
    "CHECKS", "SECRET", "UNKNOWN", "Asked", "Check", "Finding", "Resource", "Rules", "Violation", "refuse", "violations",
]  # fmt: skip

Severity = Literal["mandatory", "advisory"]
Judge = Callable[[Asked], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    name: str
    severity: Severity
    judge: Judge


@dataclass(frozen=True)
class Violation:
    check: str
    severity: Severity
    urn: str
    name: str
    said: str
    path: str = ""
    known: bool = True

    @property
    def text(self) -> str:
        where = f"{self.name}.{self.path}" if self.path else self.name
        return f"{where}: {self.said} [{self.check}]"


def violations(
    resources: Iterable[Resource], rules: Rules, checks: Sequence[Check] | None = None
) -> tuple[Violation, ...]:
    """In the order of resources; `checks` left out: all of ours."""
    every = tuple(resources)
    return tuple(
        Violation(
            check.name,
            check.severity if found.known else "advisory",
            resource.urn,
            resource.name,
            found.said,
            found.path,
            found.known,
        )
        for resource in every
        for check in (CHECKS if checks is None else checks)
        for found in check.judge(Asked(resource, rules, every))
    )


def refuse(found: Iterable[Violation]) -> None:
    """ProviderError (exit 6) where something mandatory is violated; all such are named."""
    hard = [it for it in found if it.severity == "mandatory"]
    if hard:
        raise ProviderError(
            "permission",
            "\n".join(it.text for it in hard),
            code="TW850",
            during="checking the preview",
            hint="change the stack's configuration so that the preview passes; nothing was made",
        )


CHECKS: tuple[Check, ...] = (
    Check("no-public-bucket", "mandatory", judges.public),
    Check("encryption", "mandatory", judges.encrypted),
    Check("tags", "advisory", judges.tagged),
    Check("regions", "mandatory", judges.regions),
    Check("no-wildcard-admin", "mandatory", judges.admin),
    Check("private-network", "mandatory", judges.private),
)
