"""Endpoints: look, ask, read, put back. `name` is the endpoint's own; unsaid, that of the session's project and environment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tradewind.engine.open import LOCK_TIMEOUT
from tradewind.engine.results import (
    Connect,
    EndpointList,
    EndpointStatus,
    GuardReport,
    InvokeResult,
    LogDoc,
    Logs,
    RollbackResult,
)
from tradewind.engine.session import Session
from tradewind.values import Reply


def status(session: Session, name: str | None = None) -> EndpointStatus:
    """One look; an endpoint that is not there has state `absent` (no error)."""
    raise NotImplementedError


def list_endpoints(session: Session) -> EndpointList:
    """Every endpoint that carries this project's tags, in any environment that the session's store knows."""
    raise NotImplementedError


def reply(
    session: Session,
    body: bytes,
    content_type: str = "application/json",
    *,
    accept: str | None = None,
    slot: str | None = None,
    name: str | None = None,
) -> Reply:
    """One request, sent once; the answer as it came, whatever its status. ProviderError `missing` without an endpoint."""
    raise NotImplementedError


def invoke(
    session: Session,
    body: bytes,
    content_type: str = "application/json",
    *,
    accept: str | None = None,
    slot: str | None = None,
    name: str | None = None,
) -> InvokeResult:
    """As `reply`, wrapped with status, version and milliseconds. `raw(result)` gives the body's bytes back."""
    raise NotImplementedError


def raw(result: InvokeResult) -> bytes:
    """The body of an answer as bytes."""
    raise NotImplementedError


def stream(
    session: Session,
    body: bytes,
    content_type: str = "application/json",
    *,
    accept: str | None = None,
    name: str | None = None,
) -> Iterator[bytes]:
    """The answer in pieces where the provider can, else in one."""
    raise NotImplementedError


def connect(session: Session, name: str | None = None) -> Connect:
    """curl and Python that really call it. ProviderError `missing` without an endpoint."""
    raise NotImplementedError


def logs(session: Session, *, slot: str | None = None, cursor: str | None = None, name: str | None = None) -> Logs:
    """One page of the version in `slot`; unsaid, of the one that takes most of the traffic."""
    raise NotImplementedError


def follow(
    session: Session, *, slot: str | None = None, cursor: str | None = None, name: str | None = None
) -> Iterator[LogDoc]:
    """Lines as they come, until the session is asked to stop or the version is gone."""
    raise NotImplementedError


def rollback(session: Session, name: str | None = None, *, lock_timeout: timedelta = LOCK_TIMEOUT) -> RollbackResult:
    """All traffic back to the version before, from the ledger alone. RefusedError where there is none to go back to."""
    raise NotImplementedError


def guard(session: Session, name: str | None = None) -> GuardReport:
    """Finish or revert a rollout whose owner died, and retire what is past its `keep`. Safe to call at any time."""
    raise NotImplementedError
