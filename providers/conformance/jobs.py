"""Training jobs: one call submits, polls and resumes; the cloud is the only memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, replace
from datetime import timedelta

import pytest

from tradewind.providers.base import Provider
from tradewind.providers.conformance.harness import Harness, Suite, digest, finish, patient, refused
from tradewind.values import JOB_DONE, JobStatus, LogPage

THREADS = 8


class JobConformance(Suite):
    def test_a_job_succeeds(self, harness: Harness, provider: Provider) -> None:
        """The plain way; what comes back is all the engine will know: digest, model, times."""
        run = harness.run(harness.name("job"), digest("plain"))
        first = provider.trainer().ensure(run)
        assert first.state in {"queued", "starting", "running", "succeeded"}
        done = finish(harness, run.name)
        assert done.state == "succeeded", done
        assert done.word, "the cloud's own word rides along"
        assert done.digest == run.digest
        assert done.model is not None
        assert done.model.startswith(run.output), "the model lies under the run's output"
        assert done.started is not None
        assert done.ended is not None
        assert done.started.tzinfo is not None, "times carry their zone"
        assert done.started <= done.ended
        assert done.billed is None or done.billed >= timedelta(0), "unknown is None, never a negative"

    def test_a_failing_job_says_why(self, harness: Harness, provider: Provider) -> None:
        """The reason is what people see first; an empty one sends them to the cloud's console."""
        run = harness.run(harness.name("job"), digest("fails"), "fails")
        provider.trainer().ensure(run)
        done = finish(harness, run.name)
        assert (done.state, done.failure, done.model) == ("failed", "", None)
        assert done.reason.strip()

    def test_ensure_is_repeatable(self, harness: Harness, provider: Provider) -> None:
        """After a kill the engine asks again: the same job goes on, and a finished one does not run a second time."""
        run = harness.run(harness.name("job"), digest("again"))
        for _ in range(3):
            provider.trainer().ensure(run)
        done = finish(harness, run.name)
        again = provider.trainer().ensure(run)
        assert (again.state, again.started, again.ended) == (done.state, done.started, done.ended)

    def test_a_stopped_job_stays_stopped(self, harness: Harness, provider: Provider) -> None:
        """`ensure` after a stop reports; starting anew is a new attempt with a new name."""
        run = harness.run(harness.name("job"), digest("stays"), "long")
        provider.trainer().ensure(run)
        provider.trainer().stop(run.name)
        assert finish(harness, run.name).state == "stopped"
        assert provider.trainer().ensure(run).state == "stopped"

    def test_another_digest_under_the_same_name_conflicts(self, harness: Harness, provider: Provider) -> None:
        """A name must never silently stand for another computation: the first job stays as it is."""
        run = harness.run(harness.name("job"), digest("mine"))
        provider.trainer().ensure(run)
        with refused("conflict"):
            provider.trainer().ensure(replace(run, digest=digest("yours")))
        assert finish(harness, run.name).digest == run.digest

    def test_another_process_goes_on(self, harness: Harness) -> None:
        """A provider object remembers nothing: who submits, who looks and who stops may be three processes."""
        run = harness.run(harness.name("job"), digest("elsewhere"), "long")
        harness.connect().trainer().ensure(run)
        finish(harness, run.name, states=frozenset({"running"}))
        assert harness.connect().trainer().ensure(run).state == "running"
        harness.connect().trainer().stop(run.name)
        assert finish(harness, run.name).state == "stopped"

    def test_stop_of_the_finished_and_the_unknown(self, harness: Harness, provider: Provider) -> None:
        """Stopping races with ending: coming too late is no error and changes nothing."""
        run = harness.run(harness.name("job"), digest("late"))
        provider.trainer().ensure(run)
        done = finish(harness, run.name)
        provider.trainer().stop(run.name)
        provider.trainer().stop(run.name)
        assert provider.trainer().status([run.name])[run.name] == done
        provider.trainer().stop(harness.name("job"))

    def test_stop_is_repeatable(self, harness: Harness, provider: Provider) -> None:
        """A second Ctrl-C asks for the same thing; on the way `stopping` is allowed, at the end it is `stopped`."""
        run = harness.run(harness.name("job"), digest("twice"), "long")
        provider.trainer().ensure(run)
        finish(harness, run.name, states=frozenset({"running"}))
        for _ in range(3):
            provider.trainer().stop(run.name)
        assert finish(harness, run.name).state == "stopped"

    def test_max_runtime_ends_a_job(self, harness: Harness, provider: Provider) -> None:
        """The limit is the budget's last line: the cloud keeps it, and says that it did (exit code 7, not 1)."""
        if harness.short_runtime is None:
            pytest.skip("the target's least max_runtime is too long to wait for")
        run = replace(harness.run(harness.name("job"), digest("over"), "long"), max_runtime=harness.short_runtime)
        provider.trainer().ensure(run)
        done = finish(harness, run.name)
        assert (done.state, done.failure) == ("failed", "timeout")

    def test_delete_is_repeatable(self, harness: Harness, provider: Provider) -> None:
        """`down` may be killed and given again; a job that runs is stopped first; the unknown is no error."""
        run = harness.run(harness.name("job"), digest("gone"), "long")
        provider.trainer().ensure(run)
        _until(harness, lambda: _deleted(harness, provider, run.name))
        provider.trainer().delete(run.name)
        with refused("missing"):
            provider.trainer().logs(run.name, None)

    def test_status_knows_only_what_is_there(self, harness: Harness, provider: Provider) -> None:
        """Absent means not there: the caller decides what that means; nobody invents a state."""
        run = harness.run(harness.name("job"), digest("one"))
        provider.trainer().ensure(run)
        unknown = harness.name("job")
        assert provider.trainer().status([]) == {}
        assert set(provider.trainer().status([run.name, unknown])) == {run.name}

    def test_more_than_a_page_of_jobs(self, harness: Harness, provider: Provider) -> None:
        """Clouds list by pages of at most 1,000; whoever forgets the second page loses jobs without a word."""
        tags = {"tradewind-project": f"crowd-{time.monotonic_ns()}"}
        names = harness.crowd(harness.crowd_size, tags)
        assert len(set(names)) == harness.crowd_size
        assert set(provider.trainer().status(names)) == set(names)
        assert {name for kind, name in provider.owned(tags) if kind == "job"} == set(names)

    def test_unicode_tags_are_found_again(self, harness: Harness, provider: Provider) -> None:
        """People write their team's name as it is written; whatever the cloud makes of it, `owned` finds it by it."""
        tags = {"tradewind-project": f"p{time.monotonic_ns()}", "team": "Équipe naïve 日本 🚀"}
        run = replace(harness.run(harness.name("job"), digest("tags")), tags=tags)
        provider.trainer().ensure(run)
        assert ("job", run.name) in provider.owned(tags)
        assert ("job", run.name) in provider.owned({"tradewind-project": tags["tradewind-project"]})
        assert ("job", run.name) not in provider.owned({**tags, "team": "another"})

    def test_every_log_line_once(self, harness: Harness, provider: Provider) -> None:
        """The cursor is the only memory of `logs --follow`: in a new process nothing is lost and nothing comes twice."""
        run = harness.run(harness.name("job"), digest("lines"))
        provider.trainer().ensure(run)
        seen: list[str] = []
        cursor: str | None = None
        deadline = time.monotonic() + harness.patience.total_seconds()
        while True:
            page = harness.connect().trainer().logs(run.name, cursor)  # a fresh object every time
            assert type(page) is LogPage
            hash(page)
            seen += [line.text for line in page.lines]
            cursor = page.cursor
            if page.end:
                break
            assert time.monotonic() < deadline, f"the log of a finished job never ends: {seen}"
            harness.pause()
        assert [text for text in seen if text in harness.lines] == list(harness.lines)
        assert provider.trainer().logs(run.name, cursor).lines == (), "nothing follows the end"
        whole = provider.trainer().logs(run.name, None).lines
        assert [line.text for line in whole] == seen[: len(whole)], "from the start, the same again"

    def test_logs_of_the_unknown_are_missing(self, harness: Harness, provider: Provider) -> None:
        """An empty log would say that the job is silent."""
        with refused("missing"):
            provider.trainer().logs(harness.name("job"), None)

    def test_values_are_frozen(self, harness: Harness, provider: Provider) -> None:
        """Plain values cross the border, never an SDK's object that could call home or change."""
        run = harness.run(harness.name("job"), digest("frozen"))
        status = provider.trainer().ensure(run)
        assert type(status) is JobStatus
        hash(status)
        with pytest.raises(FrozenInstanceError):
            status.word = "changed"  # type: ignore[misc]  # the very point

    def test_threads_submit_one_job(self, harness: Harness, provider: Provider) -> None:
        """The engine submits and polls from many threads on one object."""
        run = harness.run(harness.name("job"), digest("race"))
        trainer = provider.trainer()
        with ThreadPoolExecutor(THREADS) as pool:
            states = list(pool.map(lambda _: trainer.ensure(run).digest, range(THREADS)))
        assert states == [run.digest] * THREADS
        done = finish(harness, run.name)
        assert done.state == "succeeded"

    def test_threads_submit_many_jobs(self, harness: Harness, provider: Provider) -> None:
        """Nothing is shared between jobs but the object."""
        runs = [harness.run(harness.name("job"), digest(f"many {n}")) for n in range(THREADS)]
        trainer = provider.trainer()
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(trainer.ensure, runs))
        status = trainer.status([run.name for run in runs])
        assert {name: s.digest for name, s in status.items()} == {run.name: run.digest for run in runs}
        for run in runs:
            assert finish(harness, run.name).state == "succeeded"


def _deleted(harness: Harness, provider: Provider, name: str) -> bool:
    """A cloud may have to stop the job before its record can go: asked until it is gone."""
    patient(harness, lambda: provider.trainer().delete(name))
    state = provider.trainer().status([name]).get(name)
    assert state is None or state.state in {"stopping", *JOB_DONE}
    return state is None


def _until(harness: Harness, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + harness.patience.total_seconds()
    while not done():
        assert time.monotonic() < deadline, "did not come about in time"
        harness.pause()
