"""What is told of a target that this version does not connect to yet."""

from __future__ import annotations

from tradewind.errors import Problem, SpecError

NOT_YET = "TW063"
_HINT = "`provider: aws` and `provider: local` work today."


def altogether(title: str) -> SpecError:
    """A name that is kept for it."""
    return _said(f"{title} comes in a later version of tradewind")


def plans_only(title: str) -> SpecError:
    """A target with a static half alone (`base.PlansOnly`): what its `connect` raises."""
    return _said(f"{title}: planning and prices only; it connects in a later version")


def _said(text: str) -> SpecError:
    return SpecError([Problem("provider", text)], code=NOT_YET, hint=_HINT)
