"""`up`: make the plan true. Training holds a claim; the lock is held from the first write to an endpoint to its end."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from tradewind.cost import rates
from tradewind.engine import (
    bundle,
    content,
    digests,
    documents,
    guard,
    holds,
    lease,
    ledger,
    nexts,
    plan,
    poll,
    preflight,
    pricing,
    refuse,
    rollout,
    runs,
    seen,
    survey,
    train,
)
from tradewind.engine.commit import commit_of
from tradewind.engine.down import down
from tradewind.engine.lease import Lease
from tradewind.engine.ledger import Note
from tradewind.engine.open import LOCK_TIMEOUT, Agreed, Work
from tradewind.engine.plan import Prepared
from tradewind.engine.pricing import Pricing
from tradewind.engine.recall import recall
from tradewind.engine.resolve import ServePart, with_model
from tradewind.engine.results import ReplicasDoc, TrainResult, UpResult
from tradewind.engine.rollout import Outcome
from tradewind.engine.session import Session
from tradewind.engine.traffic import serving
from tradewind.errors import FailedError, LockedError, RefusedError, RolledBackError, SpecError
from tradewind.values import Event, Observed, Rate, Version

__all__ = ["down", "up"]
AGAIN = timedelta(seconds=5)  # between two looks at a lock whose owner does our very work
HELD = "TW050"


def up(
    work: Work,
    session: Session,
    agreed: Agreed | None = None,
    *,
    lock_timeout: timedelta = LOCK_TIMEOUT,
    prepared: Prepared | None = None,
) -> UpResult:
    """Train if needed, roll out, and say how to use it. Repeatable; identical calls at once do the work once.

    `prepared` is what was looked at a moment ago (`plan.ready`), for the same work and answers.

    Raises RefusedError, BudgetError, FailedError, RolledBackError, TimedOutError, LockedError, InterruptedByUser,
    ProviderError, StorageError.
    """
    agreed = agreed or Agreed()
    if work.spec.train is None and work.spec.serve is None:
        message = "deploy.yaml has neither `train:` nor `serve:`"
        raise RefusedError(message, code="TW057", hint="add one of them; `deploy init` writes an example")
    prepared = prepared or plan.prepare(work, session, agreed)
    refuse.unless_clear(prepared.plan)
    act = _Up(work, session, agreed, prepared, lock_timeout)
    with preflight.foretold(prepared.plan):
        return act.result(act.train(), act.endpoint())


def _rate(prices: Pricing, version: Version) -> Rate:
    """The endpoint at its smallest."""
    return rates.times(prices.replica_rate(version), prices.paid(version.min))


@dataclass
class _Up:
    """One `up` on its way through training and the endpoint."""

    work: Work
    session: Session
    agreed: Agreed
    prepared: Prepared
    lock_timeout: timedelta

    def __post_init__(self) -> None:
        self.computed: runs.Computed | None = None
        self.warnings: list[str] = []
        self.retired = False
        self.note = Note(
            commit=commit_of(self.work.root),
            run=self.prepared.plan.run,
            price=self.prepared.plan.cost.after.text,
        )

    # ---- training

    def train(self) -> TrainResult | None:
        part = self.prepared.resolved.train
        if part is None:
            return None
        known = self.prepared.world.computed
        if known is not None:  # seen a moment ago, and a success stays one
            self.computed = runs.reused(known)
        else:
            survey.remember(self.session, part.digest, part.facts)
            self.computed = runs.compute(self.session, self.prepared.resolved, part, self.note)
        return train.result_of(self.work, self.session, part, self.computed)

    # ---- the endpoint

    def endpoint(self) -> Outcome | None:
        part = self.prepared.resolved.serve
        if part is None:
            return self._without()
        if part.trained and self.computed is not None:
            part = with_model(part, self.computed.model)
        if self.agreed.release and holds.release(self.session, part.digest) is not None:
            self._say(f"the hold on {digests.short(part.digest)} is released")
        if not self.prepared.decision.serves:
            self._retire()
            return None
        self._bring(part)
        return self._roll_out(part)

    def _without(self) -> Outcome | None:
        """No `serve:` any more: what stands goes, which was agreed to."""
        if self.prepared.world.observed is None:
            return None
        with lease.hold(self.session, self.lock_timeout, command="up") as held:
            return rollout.take_down(self.session, self.prepared.world.endpoint, held)

    def _bring(self, part: ServePart) -> None:
        """Upload what the version needs: each thing once, by its content."""
        store = self.session.store
        for made, prefix in ((part.bundle, "bundles"), (self.prepared.resolved.runtime, "runtime")):
            if made is not None:
                poll.retry(self.session, partial(bundle.upload, store, made, prefix))
        model = part.model
        if model is not None:
            poll.retry(self.session, lambda: content.upload(store, model))
        survey.remember(self.session, part.digest, part.facts)

    def _roll_out(self, part: ServePart) -> Outcome:
        policy = self.prepared.decision.policy or part.policy
        endpoint = self.prepared.world.endpoint
        with ExitStack() as stack:
            held = self._lock(stack, part)
            self._not_failed_meanwhile(part)
            try:
                note = replace(self.note, seen=seen.of_version(self.prepared.resolved, part))
                return rollout.roll_out(
                    self.session, endpoint, part.version, policy, held, tags=self.session.identity.tags, note=note
                )
            except RefusedError as error:
                if error.code != HELD or self.prepared.world.held:
                    raise
                raise self._failed_meanwhile(part, error.message) from error

    def _lock(self, stack: ExitStack, part: ServePart) -> Lease:
        """The lock; past the timeout still, where its owner brings in this very version: its end is our answer."""
        wait = self.lock_timeout
        while True:
            try:
                return stack.enter_context(lease.hold(self.session, wait, command="up"))
            except LockedError:
                move = recall(ledger.of(self.session).read(), self.prepared.world.endpoint).pending
                if move is None or move.digest != part.digest:
                    raise
                wait = max(wait, AGAIN)

    def _not_failed_meanwhile(self, part: ServePart) -> None:
        """An identical `up` that had the lock before us may have failed: then the same is our answer, not another try."""
        entries = [e for e in ledger.of(self.session).history() if e.number > self.prepared.world.seen_until]
        mine = {e.rollout: e for e in entries if e.kind == "start" and e.digest == part.digest}
        end = next((e for e in reversed(entries) if e.kind == "done" and e.rollout in mine), None)
        if end is not None and end.outcome in ("failed", "rolled_back"):
            raise self._failed_meanwhile(part, end.reason)

    def _failed_meanwhile(self, part: ServePart, reason: str) -> FailedError:
        kind = FailedError if self.prepared.world.observed is None else RolledBackError
        said = f"{digests.short(part.digest)} failed while another run brought it in: {reason}"
        return kind(said, code="TW545", said=reason, hint="deploy history")

    def _retire(self) -> None:
        """Nothing to do, but an old version may be past its `keep`."""
        seen = self.prepared.world.observed
        if seen is not None and len(seen.versions) > 1:
            done = guard.guard(self.session, self.prepared.world.endpoint)
            self.retired = done.changed
            if done.changed:
                self._say(f"{done.did}: {done.reason}")

    # ---- the answer

    def result(self, trained: TrainResult | None, outcome: Outcome | None) -> UpResult:
        made = self.prepared.plan
        self._pin()
        observed = self.prepared.world.observed if self._idle(outcome) else self._look()
        current = serving(observed)
        if outcome is not None and outcome.digest != (current.digest if current else ""):
            current = None  # a look may be late; what was done is known
        serve = self.prepared.resolved.serve
        prices = pricing.of_session(self.session)
        replicas = made.replicas
        if current is not None and serve is not None:
            replicas = ReplicasDoc(
                min=serve.version.min, max=serve.version.max, now=current.now, target=serve.version.target
            )
        changed = bool(outcome and outcome.changed) or bool(trained and not trained.reused)
        return UpResult(
            project=made.project,
            environment=made.environment,
            provider=made.provider,
            region=made.region,
            changed=changed,
            endpoint=made.endpoint if serve else "",
            url=outcome.url if outcome else (observed.url if observed else None),
            version=outcome.digest if outcome else (current.digest if current else ""),
            previous=outcome.previous if outcome else "",
            run=made.run,
            model=self.computed.model.uri if self.computed else None,
            machine=made.machine,
            replicas=replicas,
            traffic=dict(outcome.traffic) if outcome else (dict(observed.traffic) if observed else {}),
            rate=documents.price(_rate(prices, serve.version) if serve else rates.NOTHING),
            actions=made.actions,
            losses=made.losses,
            train=trained,
            warnings=tuple(self.warnings),
            next=nexts.after_up(self.work, serves=serve is not None),
        )

    def _idle(self, outcome: Outcome | None) -> bool:
        """Nothing was done or waited for since the first look."""
        return outcome is None and not self.retired and (self.computed is None or self.computed.reused)

    def _look(self) -> Observed | None:
        server, endpoint = self.session.provider.server(), self.prepared.plan.endpoint
        return poll.retry(self.session, lambda: server.observe(endpoint), heed_stop=False)

    def _pin(self) -> None:
        """deploy.lock last: all is done by now, so a folder that cannot be written is a warning and no failure."""
        try:
            pinned = self.prepared.pins.write(self.prepared.resolved, served=self.prepared.resolved.serve is not None)
        except SpecError as error:
            self.warnings.append(error.message)
        else:
            if pinned:
                self._say(f"{pinned.name} is written", subject=pinned.name)

    def _say(self, text: str, subject: str = "") -> None:
        self.session.report(Event(self.session.clock.now(), "up.note", subject or self.prepared.world.endpoint, text))
