"""What an endpoint shall be, and what it is, as values that go through files and the control port. No secret is in either."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tradewind.host.limits import UNLIMITED, Limits
from tradewind.host.prepare import Preparation


@dataclass(frozen=True)
class Fleet:
    """The replicas of one version. `argv` and `places` may hold {python}, {port}, {code}; `env` is taken literally.

    `slot` is the seat, `digest` who sits in it; `secrets` the names of variables that must be given; times in seconds.
    """

    slot: str
    digest: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)  # environment variable -> file:// address of a folder
    secrets: tuple[str, ...] = ()
    preparation: Preparation | None = None  # None: argv runs as it is
    ready_path: str = "/readyz"
    min: int = 1
    max: int = 1
    target: int | None = None
    cooldown: float | None = None
    startup_timeout: float = 600.0
    timeout: float = 60.0
    max_body: int = 6 * 1024 * 1024
    grace: float = 30.0
    limits: Limits = UNLIMITED

    @property
    def seat(self) -> tuple[str, str]:
        return self.slot, self.digest


@dataclass(frozen=True)
class Wish:
    """The whole endpoint. No fleets: it shall be gone. `port` is that of a new endpoint; None: any."""

    name: str
    fleets: tuple[Fleet, ...]
    traffic: Mapping[str, int]
    cache: str
    mirror: Mapping[str, int] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None


@dataclass(frozen=True)
class FleetSight:
    slot: str
    digest: str
    ready: bool
    failed: bool
    min: int
    max: int
    now: int  # replicas that answer
    word: str
    reason: str = ""


@dataclass(frozen=True)
class Sight:
    """`settled`: as wished. `running`: there is a gateway; without one, this is the memory of the last wish."""

    phase: Literal["moving", "settled", "failed"]
    fleets: tuple[FleetSight, ...]
    traffic: Mapping[str, int]
    mirror: Mapping[str, int]
    url: str | None
    running: bool
    reason: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


GONE = Sight("settled", (), {}, {}, None, running=False)


@dataclass(frozen=True)
class Figures:
    """One version in a window: requests, server errors, p95 in seconds (None without requests)."""

    requests: int
    errors: int
    p95: float | None


def dump(value: Wish | Sight) -> str:
    return json.dumps(asdict(value), ensure_ascii=False, sort_keys=True)


def load_wish(raw: Mapping[str, Any]) -> Wish:
    return Wish(**{**raw, "fleets": tuple(_fleet(fleet) for fleet in raw["fleets"])})


def recall_wish(raw: Mapping[str, Any] | None) -> Wish | None:
    """A wish from disk; None where it is not there or spoilt."""
    try:
        return None if raw is None else load_wish(raw)
    except (KeyError, TypeError, ValueError):
        return None


def load_sight(raw: Mapping[str, Any]) -> Sight:
    return Sight(**{**raw, "fleets": tuple(FleetSight(**fleet) for fleet in raw["fleets"])})


def _fleet(raw: Mapping[str, Any]) -> Fleet:
    preparation = raw["preparation"]
    if preparation is not None:
        preparation = Preparation(**preparation)
    return Fleet(
        **{
            **raw,
            "argv": tuple(raw["argv"]),
            "secrets": tuple(raw["secrets"]),
            "limits": Limits(**raw["limits"]),
            "preparation": preparation,
        }
    )
