"""Wishes that cannot be granted, refused before anything is called."""

from __future__ import annotations

from collections.abc import Mapping

from tradewind.errors import ProviderError
from tradewind.providers.aws import names
from tradewind.values import Wanted

SLOTS = ("a", "b")


def check(want: Wanted, *, most: int) -> None:
    """Raises ProviderError `invalid`. `most`: versions that may stand side by side."""
    if not names.fits(want.name):
        raise _refused(want, f"{want.name!r} is no name for an endpoint")
    seats = [version.slot for version in want.versions]
    if len(set(seats)) != len(seats):
        raise _refused(want, f"two versions in one slot: {', '.join(seats)}")
    _check_shares(want, want.traffic, seats)
    if len(seats) > most:
        hint = "`aws.serve.rollout: engine` lets two stand side by side"
        raise _refused(want, f"{len(seats)} versions, where the endpoint has one variant", hint)
    for version in want.versions:
        if not 0 <= version.min <= version.max or version.max < 1:
            raise _refused(want, f"replicas from {version.min} to {version.max}", "0 <= min <= max, 1 <= max")


def _check_shares(want: Wanted, shares: Mapping[str, int], seats: list[str]) -> None:
    strangers = sorted(set(shares) - set(seats))
    if strangers:
        raise _refused(want, f"traffic for {', '.join(strangers)}, where no version sits")
    if any(not 0 <= share <= 100 for share in shares.values()):
        raise _refused(want, f"shares are percents from 0 to 100: {dict(shares)}")
    if shares and sum(shares.values()) != 100:
        raise _refused(want, f"shares sum to {sum(shares.values())}, not to 100")


def _refused(want: Wanted, said: str, hint: str = "") -> ProviderError:
    return ProviderError("invalid", said, during=f"change endpoint {want.name}", code="TW061", hint=hint)
