"""Rollouts: a new version comes in beside the old one, step by step, and goes again if it does worse.

Level-triggered: every call looks at what is there and at the last intent in the ledger, and goes on from that. So the same call
starts a rollout, resumes it after a kill, and says that nothing is to be done. Each call wants the environment's lease.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tradewind.engine.lease import Lease
from tradewind.engine.ledger import Note
from tradewind.engine.session import Session
from tradewind.values import Policy, Version


@dataclass(frozen=True)
class Outcome:
    """What a call did. Failures are exceptions, so `did` is always something good (for `roll_back`: rolled_back).

    `digest` serves now, in `slot`; `previous` is what served before ("" without one) and stays as long as `keep` says.
    """

    did: Literal["created", "promoted", "adjusted", "unchanged", "rolled_back", "removed", "absent"]
    digest: str = ""
    slot: str = ""
    previous: str = ""
    url: str | None = None
    traffic: Mapping[str, int] = field(default_factory=dict)
    held: str = ""  # roll_back: the digest that got a hold
    changed: bool = True


def roll_out(
    session: Session,
    endpoint: str,
    version: Version,
    policy: Policy,
    lease: Lease,
    *,
    tags: Mapping[str, str] | None = None,
    note: Note | None = None,
) -> Outcome:
    """Make `version` (its slot is chosen here) the one that serves, and wait until it is. Resumes what a killed call left.

    `policy.probe`, where given, must be a path that can be read from here. `tags` default to the identity's own.
    A version that differs in min, max or target alone is changed in place. Identical: nothing is done.

    Raises RolledBackError (the old version serves; a hold is on the new one), FailedError or TimedOutError (a first version
    failed and was taken away), RefusedError TW050 (the digest is on hold), InterruptedByUser (traffic is back), LockedError,
    ProviderError, StorageError, SpecError (no such probe file).
    """
    raise NotImplementedError


def take_down(session: Session, endpoint: str, lease: Lease) -> Outcome:
    """Remove the endpoint with all its versions and wait until it is gone. Not there: `absent`, and nothing is written."""
    raise NotImplementedError


def roll_back(session: Session, endpoint: str, lease: Lease) -> Outcome:
    """All traffic back to the version before, from the ledger alone; the version that is left gets a hold.

    A rollout under way is put back. The version before is re-created where it is gone. Raises RefusedError TW067 where there is
    no version to go back to, and what `roll_out` raises.
    """
    raise NotImplementedError
