"""All checks together: which there are, at once, within a time, and never an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from tradewind.errors import ProviderError
from tradewind.providers.aws.preflight import bucket, identity, image, offer, permissions, quotas, role
from tradewind.providers.aws.preflight.looking import Look
from tradewind.providers.aws.preflight.parallel import gather
from tradewind.providers.aws.session import Session
from tradewind.providers.base import Check
from tradewind.spec.clouds.aws import Aws
from tradewind.values import Foundation, Policy, Run, Wanted

WORKERS = 12
PATIENCE = 10.0  # seconds for everything; a look that takes longer cannot tell


@dataclass(frozen=True)
class Task:
    """`name` is what a check is called where it cannot give its own answers."""

    name: str
    look: Callable[[], Iterable[Check]]

    def __call__(self) -> tuple[Check, ...]:
        try:
            return tuple(self.look())
        except ProviderError as error:
            first, *_ = error.message.splitlines() or [error.during]  # a stand-in may answer with a page
            return (Check(self.name, "cannot_tell", first, error.hint),)
        except Exception as error:  # noqa: BLE001  # a check that breaks must never stand in a plan's way
            return (Check(self.name, "cannot_tell", f"the check itself failed: {type(error).__name__}: {error}"),)

    def late(self) -> tuple[Check, ...]:
        return (Check(self.name, "cannot_tell", f"no answer within {PATIENCE:g} seconds"),)


def checks(
    session: Session, foundation: Foundation, settings: Aws | None, run: Run | None, want: Wanted | None,
    policy: Policy | None,
) -> Sequence[Check]:  # fmt: skip
    """What can be told beforehand about this workload, or about the account alone where there is none. Reads only.

    Takes at most `PATIENCE` seconds; what has no answer by then cannot tell.
    """
    found = Look(session, foundation, settings or Aws(), run, want, policy)
    tasks = list(_tasks(found))
    answers = gather(tasks, workers=WORKERS, patience=PATIENCE)
    told = (task.late() if answer is None else answer for task, answer in zip(tasks, answers, strict=True))
    return tuple(_without_echoes([check for answer in told for check in answer]))


def _tasks(look: Look) -> Iterator[Task]:
    yield Task("credentials", partial(identity.credentials, look))
    if look.settings.account:
        yield Task("account", partial(identity.account, look))
    yield Task("region", partial(identity.region, look))
    if look.run or look.want:
        yield Task("permissions", partial(permissions.of_caller, look))
    for arn in look.roles:
        yield Task("role", partial(role.check, look, arn))
        yield Task("role permissions", partial(permissions.of_role, look, arn))
    if not look.roles and (look.run or look.want):
        yield Task("role", role.unknown)
    for name in bucket.names(look):
        yield Task("bucket", partial(bucket.check, look, name))
    for what, container in image.containers(look):
        yield Task(f"{what} image", partial(image.check, look, what, container))
    for what, kind in offer.machines(look):
        yield Task(f"{what} machine", partial(offer.check, look, what, kind))
    for need in quotas.needs(look):
        yield Task(need.title, partial(quotas.check, look, need))


def _without_echoes(told: Sequence[Check]) -> Iterator[Check]:
    """Signed in to nothing, or to the wrong account, nothing can be told, and one finding says so."""
    refused = any(check.name in ("credentials", "account") and check.verdict == "will_fail" for check in told)
    return (check for check in told if not refused or check.verdict != "cannot_tell")
