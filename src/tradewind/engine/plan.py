"""What `up` would do: observed × last applied × wanted. Writes nothing, works offline, and is the same for the same world."""

from __future__ import annotations

from tradewind.engine.open import Agreed, Work
from tradewind.engine.results import Plan, Plans


def make(work: Work, agreed: Agreed | None = None) -> Plan:
    """The plan for the spec's provider. Not signed in or no SDK: `plan.looked` is False and the plan assumes nothing there.

    Raises SpecError for a spec that no provider could take (missing files, unknown provider).
    """
    raise NotImplementedError


def plan_all(work: Work, agreed: Agreed | None = None) -> Plans:
    """The same spec on every registered provider, in order of name; what cannot be planned says why."""
    raise NotImplementedError
