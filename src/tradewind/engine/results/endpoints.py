"""Endpoints: how they stand, what they answer, how they were put back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from tradewind.engine.results.base import Document, Part, Price, ReplicasDoc

EndpointState = Literal["serving", "rolling_out", "starting", "failed", "stopped", "absent"]


class VersionDoc(Part):
    """A version in its seat. Figures are of the last five minutes; null where they are not known."""

    slot: str
    digest: str
    share: int = 0
    ready: bool = False
    failed: bool = False
    replicas: ReplicasDoc
    word: str = ""
    reason: str = ""
    requests: int | None = None
    errors: int | None = None
    p95_ms: float | None = None


class Underway(Part):
    """A rollout without an end yet. `share`: percent that the new version takes, null where the target does not show it.

    `by`: who is at it, "" where the client is gone and the target goes on by itself (or waits for `up` or `guard`).
    """

    style: Literal["first", "update", "rollback"]
    version: str
    before: str = ""
    share: int | None = None
    since: datetime | None = None
    by: str = ""
    going_back: bool = False


class EndpointStatus(Document):
    """`state`: serving, rolling_out, starting, failed, stopped, absent."""

    schema_: Literal["tradewind/endpoint/1"] = Field(default="tradewind/endpoint/1", alias="schema")
    project: str
    environment: str
    provider: str
    region: str = ""
    name: str
    state: EndpointState
    url: str | None = None
    versions: tuple[VersionDoc, ...] = ()
    reason: str = ""
    rollout: Underway | None = None
    rate: Price = Field(default_factory=Price)
    next: tuple[str, ...] = ()


class EndpointList(Document):
    schema_: Literal["tradewind/endpoints/1"] = Field(default="tradewind/endpoints/1", alias="schema")
    provider: str
    endpoints: tuple[EndpointStatus, ...] = ()


class InvokeResult(Document):
    """`body` is text; where the answer is not UTF-8 it is base64 and `encoding` says so."""

    schema_: Literal["tradewind/invoke/1"] = Field(default="tradewind/invoke/1", alias="schema")
    endpoint: str
    status: int
    version: str = ""
    slot: str | None = None
    milliseconds: float
    content_type: str
    encoding: Literal["utf-8", "base64"] = "utf-8"
    body: str


class Connect(Document):
    """Ready to paste: a curl line and a Python program that really call the endpoint. `note` is for people."""

    schema_: Literal["tradewind/connect/1"] = Field(default="tradewind/connect/1", alias="schema")
    endpoint: str
    url: str
    curl: str
    python: str
    note: str = ""


class RollbackResult(Document):
    schema_: Literal["tradewind/rollback/1"] = Field(default="tradewind/rollback/1", alias="schema")
    endpoint: str
    changed: bool
    serves: str
    """Digest that takes the traffic now."""
    was: str = ""
    url: str | None = None
    held: str = ""
    """Digest that `up` will refuse until its hold is released."""


class GuardReport(Document):
    """What `endpoint guard` found and did: nothing, waited (the owner lives), reverted, finished, retired (`keep` is over)."""

    schema_: Literal["tradewind/guard/1"] = Field(default="tradewind/guard/1", alias="schema")
    endpoint: str
    did: str
    reason: str = ""
    changed: bool = False
    serves: str = ""
