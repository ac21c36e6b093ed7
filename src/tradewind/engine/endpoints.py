"""Endpoints: look, ask, read, put back. `name` is the endpoint's own; unsaid, that of the session's project and environment."""

from __future__ import annotations

import base64
import shlex
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta

from tradewind.cost import rates
from tradewind.engine import documents, lease, ledger, names, nexts, poll, pricing, rollout
from tradewind.engine import guard as guards
from tradewind.engine.ledger import Reading
from tradewind.engine.open import LOCK_TIMEOUT
from tradewind.engine.recall import recall
from tradewind.engine.results import (
    Connect,
    EndpointList,
    EndpointState,
    EndpointStatus,
    GuardReport,
    InvokeResult,
    LogDoc,
    Logs,
    ReplicasDoc,
    RollbackResult,
    Underway,
    VersionDoc,
)
from tradewind.engine.session import Session
from tradewind.engine.traffic import serving
from tradewind.engine.train import FOLLOW, line_of
from tradewind.engine.underway import underway
from tradewind.errors import ProviderError
from tradewind.providers.base import Snippeted, StreamingServer
from tradewind.values import Metrics, Observed, Reply, Seen, Version

WINDOW = timedelta(minutes=5)


def status(session: Session, name: str | None = None, reading: Reading | None = None) -> EndpointStatus:
    """One look; an endpoint that is not there has state `absent` (no error). `reading`: the ledger, where it was read."""
    endpoint = _name(session, name)
    return _status(session, endpoint, _observe(session, endpoint), reading)


def list_endpoints(session: Session) -> EndpointList:
    """Every endpoint that carries this project's tag, in any environment of this provider."""
    tag = {"tradewind-project": session.identity.project}
    owned = poll.retry(session, lambda: session.provider.owned(tag))
    found = sorted({name for kind, name in owned if kind == "endpoint"})
    seen = [(name, _observe(session, name)) for name in found]
    documented = tuple(_status(session, name, observed) for name, observed in seen if observed is not None)
    return EndpointList(provider=session.identity.provider, endpoints=documented)


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
    return session.provider.server().invoke(_name(session, name), body, content_type, slot, accept)


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
    endpoint = _name(session, name)
    before = time.perf_counter()
    answer = reply(session, body, content_type, accept=accept, slot=slot, name=endpoint)
    took = (time.perf_counter() - before) * 1000
    observed = _observe(session, endpoint)
    seats = {seen.slot: seen.digest for seen in observed.versions} if observed else {}
    text, encoding = _text(answer.body)
    return InvokeResult(
        endpoint=endpoint,
        status=answer.status,
        version=seats.get(answer.slot or "", ""),
        slot=answer.slot,
        milliseconds=round(took, 3),
        content_type=answer.content_type,
        encoding="utf-8" if encoding else "base64",
        body=text,
    )


def raw(result: InvokeResult) -> bytes:
    """The body of an answer as bytes."""
    return result.body.encode() if result.encoding == "utf-8" else base64.b64decode(result.body)


def stream(
    session: Session,
    body: bytes,
    content_type: str = "application/json",
    *,
    accept: str | None = None,
    name: str | None = None,
) -> Iterator[bytes]:
    """The answer in pieces where the provider can, else in one."""
    server = session.provider.server()
    if isinstance(server, StreamingServer):
        yield from server.stream(_name(session, name), body, content_type, accept)
    else:
        yield reply(session, body, content_type, accept=accept, name=name).body


def connect(session: Session, name: str | None = None) -> Connect:
    """curl and Python that really call it. ProviderError `missing` without an endpoint."""
    endpoint = _name(session, name)
    url = _there(session, endpoint).url
    if url is None:
        raise ProviderError("missing", f"endpoint {endpoint} has no address yet", during="connect", code="TW059")
    if isinstance(session.info, Snippeted):
        said = session.info.snippets(endpoint, url, session.identity.region)
        return Connect(endpoint=endpoint, url=url, curl=said.curl, python=said.python, note=said.note)
    address = f"{url.rstrip('/')}/invocations"
    curl = f"curl -sS -X POST {shlex.quote(address)} -H 'Content-Type: application/json' --data-binary @request.json"
    return Connect(endpoint=endpoint, url=url, curl=curl, python=PYTHON.format(address=address))


PYTHON = """import urllib.request

with open("request.json", "rb") as file:
    request = urllib.request.Request(
        {address!r}, data=file.read(), headers={{"Content-Type": "application/json"}}
    )
with urllib.request.urlopen(request, timeout=60) as answer:
    print(answer.read().decode())
"""


def logs(session: Session, *, slot: str | None = None, cursor: str | None = None, name: str | None = None) -> Logs:
    """One page of the version in `slot`; unsaid, of the one that takes most of the traffic."""
    endpoint = _name(session, name)
    seat = slot or _seat(session, endpoint)
    page = poll.retry(session, lambda: session.provider.server().logs(endpoint, seat, cursor))
    return Logs(name=endpoint, lines=tuple(line_of(line) for line in page.lines), cursor=page.cursor, end=page.end)


def follow(
    session: Session, *, slot: str | None = None, cursor: str | None = None, name: str | None = None
) -> Iterator[LogDoc]:
    """Lines as they come, until the session is asked to stop or the version is gone."""
    endpoint, looks = _name(session, name), 0
    seat = slot or _seat(session, endpoint)
    while not session.stop.asked:
        page = logs(session, slot=seat, cursor=cursor, name=endpoint)
        yield from page.lines
        if page.end:
            return
        cursor, looks = page.cursor, 0 if page.lines else looks + 1
        session.clock.sleep(FOLLOW.after(looks), session.stop)


def rollback(session: Session, name: str | None = None, *, lock_timeout: timedelta = LOCK_TIMEOUT) -> RollbackResult:
    """All traffic back to the version before, from the ledger alone. RefusedError where there is none to go back to."""
    endpoint = _name(session, name)
    with lease.hold(session, lock_timeout, command="endpoint rollback") as held:
        done = rollout.roll_back(session, endpoint, held)
    return RollbackResult(
        endpoint=endpoint, changed=done.changed, serves=done.digest, was=done.previous, url=done.url, held=done.held
    )


def guard(session: Session, name: str | None = None) -> GuardReport:
    """Finish or revert a rollout whose owner died, and retire what is past its `keep`. Safe to call at any time."""
    done = guards.guard(session, _name(session, name))
    return GuardReport(
        endpoint=done.endpoint, did=done.did, reason=done.reason, changed=done.changed, serves=done.serves
    )


def _name(session: Session, name: str | None) -> str:
    return name or names.endpoint_name(session.identity, session.info.traits)


def _observe(session: Session, endpoint: str) -> Observed | None:
    return poll.retry(session, lambda: session.provider.server().observe(endpoint))


def _there(session: Session, endpoint: str) -> Observed:
    observed = _observe(session, endpoint)
    if observed is None:
        raise _absent(endpoint)
    return observed


def _absent(endpoint: str) -> ProviderError:
    hint = "`deploy up` makes it; `deploy endpoint list` shows what there is"
    return ProviderError("missing", f"there is no endpoint {endpoint}", during="look", code="TW059", hint=hint)


def _seat(session: Session, endpoint: str) -> str:
    observed = _observe(session, endpoint)
    if observed is None:
        return _failed(session, endpoint)
    current = serving(observed) or next(iter(observed.versions), None)
    if current is None:
        raise ProviderError("missing", f"endpoint {endpoint} holds no version", during="read its log", code="TW059")
    return current.slot


def _failed(session: Session, endpoint: str) -> str:
    """The slot of a first version that failed and is gone: its log is all that there is of it."""
    failed = recall(ledger.of(session).read(), endpoint).failed
    if failed is None:
        raise _absent(endpoint)
    return failed.slot


def _status(
    session: Session, endpoint: str, observed: Observed | None, reading: Reading | None = None
) -> EndpointStatus:
    identity = session.identity
    if observed is None:
        return EndpointStatus(
            project=identity.project,
            environment=identity.environment,
            provider=identity.provider,
            region=identity.region,
            name=endpoint,
            state="absent",
            rate=documents.price(rates.NOTHING),
            next=("deploy up",),
        )
    figures = _metrics(session, endpoint)
    memory = recall(reading or ledger.of(session).read(), endpoint)
    going = underway(session, observed, memory)
    rate = pricing.of_session(session).standing(observed, memory.versions)
    return EndpointStatus(
        project=observed.tags.get("tradewind-project", identity.project),
        environment=observed.tags.get("tradewind-environment", identity.environment),
        provider=identity.provider,
        region=identity.region,
        name=endpoint,
        state=_state(observed, going),
        url=observed.url,
        versions=tuple(
            _version(seen, observed, figures, memory.versions.get(seen.digest)) for seen in observed.versions
        ),
        reason=observed.reason,
        rollout=going,
        rate=documents.price(rate),
        next=nexts.after_look(identity),
    )


def _metrics(session: Session, endpoint: str) -> Mapping[str, Metrics]:
    """What there is; a status without figures is better than none."""
    try:
        return session.provider.server().metrics(endpoint, WINDOW)
    except ProviderError as error:
        if error.kind in ("missing", "transient", "throttled", "failed"):
            return {}
        raise


def _state(observed: Observed, going: Underway | None) -> EndpointState:
    current = serving(observed)
    if any(seen.word == "stopped" for seen in observed.versions) and not any(seen.ready for seen in observed.versions):
        return "stopped"
    if current is not None and current.ready:
        moves = observed.traffic.get(current.slot) != 100 or (going is not None and going.style != "first")
        return "rolling_out" if moves else "serving"
    if observed.phase == "failed" or any(seen.failed for seen in observed.versions):
        return "failed"
    return "starting"


def _version(seen: Seen, observed: Observed, figures: Mapping[str, Metrics], applied: Version | None) -> VersionDoc:
    metrics = figures.get(seen.slot)
    target = applied.target if applied is not None else None
    p95 = metrics.p95.total_seconds() * 1000 if metrics and metrics.p95 is not None else None
    return VersionDoc(
        slot=seen.slot,
        digest=seen.digest,
        share=observed.traffic.get(seen.slot, 0),
        ready=seen.ready,
        failed=seen.failed,
        replicas=ReplicasDoc(min=seen.min, max=seen.max, now=seen.now, target=target),
        word=seen.word,
        reason=seen.reason,
        requests=metrics.requests if metrics else None,
        errors=metrics.errors if metrics else None,
        p95_ms=p95,
    )


def _text(body: bytes) -> tuple[str, bool]:
    """The body as text, and True; as base64, and False, where it is none."""
    try:
        return body.decode(), True
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), False
