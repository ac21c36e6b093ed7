"""The suite finds what it is there to find: each wrong provider below fails the check that is about its fault."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from fakes.cloud import FakeCloud
from fakes.harness import FakeHarness
from fakes.provider import FakeProvider
from fakes.server import FakeServer
from fakes.trainer import FakeTrainer

from tradewind.errors import ProviderError
from tradewind.providers.base import Provider
from tradewind.providers.conformance import ProviderConformance
from tradewind.providers.conformance.harness import Seats
from tradewind.values import JobStatus, LogPage, Observed, Reply, Run, Wanted


class Forgetful(FakeTrainer):
    """Takes a name for enough: another digest goes unnoticed."""

    def ensure(self, run: Run) -> JobStatus:
        job = self.cloud.jobs.get(run.name)
        return super().ensure(run if job is None else job.run)


class FirstPageOnly(FakeTrainer):
    def status(self, names: Collection[str]) -> Mapping[str, JobStatus]:
        return super().status(list(names)[:1000])


class DropsLines(FakeTrainer):
    """The cursor is one too far."""

    def logs(self, name: str, cursor: str | None) -> LogPage:
        page = super().logs(name, cursor)
        return replace(page, lines=page.lines[1:]) if cursor is None else page


class LocalErrors(FakeTrainer):
    """Lets through whatever was raised below."""

    def logs(self, name: str, cursor: str | None) -> LogPage:
        return super().logs(self.cloud.jobs[name].run.name, cursor)


class Impatient(FakeTrainer):
    """Takes a stop that comes too late for an error."""

    def stop(self, name: str) -> None:
        if name not in self.cloud.jobs:
            raise ProviderError("missing", "no such job", during="stop", code="TW303")
        super().stop(name)


class Shrinks(FakeServer):
    """Every change sends the fleet back to its first size."""

    def advance(self, want: Wanted) -> Observed:
        writes = len(self.cloud.writes)
        super().advance(want)
        if len(self.cloud.writes) > writes and want.name in self.cloud.endpoints:
            for seat in self.cloud.endpoints[want.name].seats.values():
                seat.now = seat.version.min
        return super().advance(want)


class AnyShares(FakeServer):
    """Passes shares on as they are."""

    def advance(self, want: Wanted) -> Observed:
        traffic = {v.slot: 100 for v in want.versions[:1]}
        return super().advance(replace(want, versions=want.versions[:1], traffic=traffic))


class Invents(FakeServer):
    """A missing endpoint answers."""

    def invoke(
        self, name: str, body: bytes, content_type: str, slot: str | None = None, accept: str | None = None
    ) -> Reply:
        return Reply(200, body, content_type, slot)


class NeverGone(FakeServer):
    """Down is answered before it is done."""

    def advance(self, want: Wanted) -> Observed:
        return super().advance(want) if want.versions else Observed("settled", (), {})


class WrongProvider(FakeProvider):
    def __init__(self, cloud: FakeCloud, trainer: type[FakeTrainer], server: type[FakeServer]) -> None:
        super().__init__(cloud)
        self._trainer, self._server = trainer, server

    def trainer(self) -> FakeTrainer:
        return self._trainer(self.cloud)

    def server(self) -> FakeServer:
        return self._server(self.cloud)


class WrongHarness(FakeHarness):
    def __init__(self, trainer: type[FakeTrainer] = FakeTrainer, server: type[FakeServer] = FakeServer) -> None:
        super().__init__()
        self.parts = (trainer, server)

    def connect(self) -> Provider:
        return WrongProvider(self.cloud, *self.parts)


CHECKS: Sequence[tuple[Callable[..., Any], dict[str, Any]]] = [
    (ProviderConformance.test_another_digest_under_the_same_name_conflicts, {"trainer": Forgetful}),
    (ProviderConformance.test_more_than_a_page_of_jobs, {"trainer": FirstPageOnly}),
    (ProviderConformance.test_every_log_line_once, {"trainer": DropsLines}),
    (ProviderConformance.test_logs_of_the_unknown_are_missing, {"trainer": LocalErrors}),
    (ProviderConformance.test_stop_of_the_finished_and_the_unknown, {"trainer": Impatient}),
    (ProviderConformance.test_scaled_out_size_is_kept, {"server": Shrinks}),
    (ProviderConformance.test_impossible_shares_are_refused, {"server": AnyShares}),
    (ProviderConformance.test_the_missing_are_missing, {"server": Invents}),
    (ProviderConformance.test_delete_while_serving, {"server": NeverGone}),
]


@pytest.mark.parametrize(("check", "parts"), CHECKS, ids=[check.__name__ for check, _ in CHECKS])
def test_a_wrong_provider_is_found(check: Callable[..., Any], parts: dict[str, Any]) -> None:
    def outcome(harness: FakeHarness) -> None:
        given: dict[str, Any] = {"harness": harness, "provider": harness.connect()}
        given["seats"] = Seats(harness.name("endpoint"), {"tradewind-project": "p"})
        wanted = check.__code__.co_varnames[1 : check.__code__.co_argcount]
        check(ProviderConformance(), **{name: given[name] for name in wanted})

    outcome(FakeHarness())  # the right one passes
    with pytest.raises((AssertionError, pytest.fail.Exception, ProviderError, KeyError)):
        outcome(WrongHarness(**parts))


def test_a_harness_without_an_ability_skips_the_check() -> None:
    from tradewind.providers.conformance import Harness

    harness = FakeHarness()
    harness.lose_next_answer = lambda: Harness.lose_next_answer(harness)  # type: ignore[method-assign]
    with pytest.raises(pytest.skip.Exception, match="cannot lose an answer"):
        ProviderConformance().test_a_lost_answer_to_a_submit(harness, harness.connect())
