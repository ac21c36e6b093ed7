"""The probe: one known request that a new version must answer before it gets traffic.

Its body is kept in the store under its own digest, so that whoever resumes the rollout elsewhere can send it too.
"""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tradewind.engine import poll
from tradewind.engine.acts import Acts
from tradewind.engine.session import Session
from tradewind.errors import Problem, ProviderError, SpecError
from tradewind.values import Policy, Reply

PREFIX = "probes/"
PATIENCE = timedelta(seconds=30)  # for "busy" and "not yet"
BUSY = (429, 503)


def stored(session: Session, policy: Policy) -> Policy:
    """The policy with its probe in the store; `probe` is then the key. Raises SpecError TW041 for a file that cannot be read."""
    if policy.probe is None or policy.probe.startswith(PREFIX):
        return policy
    path = Path(policy.probe)
    try:
        body = path.read_bytes()
    except OSError as error:
        problem = Problem("serve.rollout.probe", f"{path.name} cannot be read: {error.strerror}", value=path.name)
        raise SpecError([problem], code="TW041", hint="correct the path in deploy.yaml") from error
    suffix = path.suffix.lower() if path.suffix.isascii() else ""
    key = f"{PREFIX}{hashlib.sha256(body).hexdigest()}{suffix}"
    poll.retry(session, lambda: session.store.stat(key) or session.store.put_if_absent(key, body))
    return replace(policy, probe=key)


def ask(acts: Acts, key: str, slot: str) -> str:
    """Send it to the version in `slot`; "" where it answered well, else why not."""
    body = poll.retry(acts.session, lambda: acts.session.store.get(key))
    kind = mimetypes.guess_type(key)[0] or "application/json"
    deadline, looks = acts.after(PATIENCE), 0
    while True:
        acts.lease.check()
        reply = _send(acts, body, kind, slot)
        if isinstance(reply, Reply) and 200 <= reply.status < 300:
            return ""
        again = reply.kind in poll.RETRIED if isinstance(reply, ProviderError) else reply.status in BUSY
        if not again or acts.session.clock.now() >= deadline:
            return f"the probe was answered with {_said(reply)}"
        poll.pause(acts.session, poll.PACE.after(looks))
        looks += 1


def _send(acts: Acts, body: bytes, kind: str, slot: str) -> Reply | ProviderError:
    try:
        return acts.server.invoke(acts.endpoint, body, kind, slot)
    except ProviderError as error:
        return error


def _said(reply: Reply | ProviderError) -> str:
    if isinstance(reply, ProviderError):
        return f"no answer ({reply.message})"
    text = " ".join(reply.body[:300].decode("utf-8", "replace").split())
    return f"status {reply.status}" + (f": {text}" if text else "")
