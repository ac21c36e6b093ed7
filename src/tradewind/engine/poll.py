"""Waiting: look, ask whether that is it, sleep with jitter, look again; and retries by kind of error. On the session's clock."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from tradewind.engine.session import Session
from tradewind.errors import InterruptedByUser, ProviderError, StorageError, TimedOutError

T = TypeVar("T")
RETRIED = ("throttled", "transient")


@dataclass(frozen=True)
class Pace:
    """How often to look: from `first`, growing by `growth` each time up to `most`, each ± a quarter by chance."""

    first: timedelta = timedelta(seconds=0.2)
    most: timedelta = timedelta(seconds=5)
    growth: float = 1.25  # so that a wait of any length is overshot by about a fifth

    def after(self, looks: int) -> timedelta:
        base = min(self.first.total_seconds() * self.growth ** min(looks, 60), self.most.total_seconds())
        return timedelta(seconds=base * random.uniform(0.75, 1.25))


PACE = Pace()


def retry(session: Session, call: Callable[[], T], *, heed_stop: bool = True) -> T:
    """`call` until it answers; only throttled and transient errors are tried again, after `retry_after` or a growing pause.

    For calls that may be repeated. The last error is raised as it is. A stop asked for raises InterruptedByUser between tries,
    unless `heed_stop` is False (something is being put back).
    """
    pace = Pace(timedelta(seconds=0.5), timedelta(seconds=20), growth=2)
    for tried in range(session.tries):
        try:
            return call()
        except (ProviderError, StorageError) as error:
            if error.kind not in RETRIED or tried == session.tries - 1:
                raise
            asked = error.retry_after if isinstance(error, ProviderError) else None
            pause(session, max(asked or timedelta(0), pace.after(tried)), heed_stop=heed_stop)
    raise AssertionError("a session tries at least once")


def until(
    session: Session,
    look: Callable[[], T],
    done: Callable[[T], bool],
    *,
    what: str,
    deadline: datetime | None = None,
    pace: Pace = PACE,
    heed_stop: bool = True,
) -> T:
    """The first answer of `look` that is `done`. It looks at least once, and once more at the deadline.

    Raises TimedOutError TW513 past the deadline, InterruptedByUser on a stop, and what `look` raises after retries.
    """
    looks = 0
    while True:
        late = deadline is not None and session.clock.now() >= deadline
        seen = retry(session, look, heed_stop=heed_stop)
        if done(seen):
            return seen
        if late:
            raise TimedOutError(f"{what}: gave up waiting", code="TW513", hint="look at it with `deploy status`")
        wait = pace.after(looks)
        if deadline is not None:
            wait = min(wait, max(deadline - session.clock.now(), timedelta(0)))
        pause(session, wait, heed_stop=heed_stop)
        looks += 1


def pause(session: Session, duration: timedelta, *, heed_stop: bool = True) -> None:
    """Sleep; a stop asked for before, meanwhile or after raises InterruptedByUser unless `heed_stop` is False."""
    session.clock.sleep(duration, session.stop if heed_stop else None)
    if heed_stop and session.stop.asked:
        raise InterruptedByUser("interrupted while waiting", code="TW543", hint="the same command goes on where it was")
