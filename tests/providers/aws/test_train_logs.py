"""Logs of jobs: each line once, whatever comes late, from wherever, and whoever reads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.providers.aws.harness import REGION, Account, AwsHarness
from tests.providers.aws.standin import Refused, Said, standing_in
from tradewind.errors import ProviderError
from tradewind.providers.aws import log_cursor, logs, train
from tradewind.providers.aws.info import INFO
from tradewind.providers.aws.session import Session
from tradewind.providers.aws.train import LOG_GROUP, AwsTrainer
from tradewind.providers.conformance.harness import digest, finish, refused
from tradewind.spec.clouds.aws import Aws
from tradewind.values import Foundation, LogPage, Run

LOG = "/log"
SECOND = 1_000  # milliseconds


@pytest.fixture
def client(account: Account) -> Any:
    made = account.emulator.client("logs", REGION)
    with suppress(made.exceptions.ResourceAlreadyExistsException):
        made.create_log_group(logGroupName=LOG)
    return made


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    return f"{request.node.name}/"


@pytest.fixture
def now() -> int:
    return int(time.time() * 1_000) - 60 * SECOND


@dataclass
class Reader:
    """Reads on from where it was, through a new session each time: as another process would."""

    account: Account
    prefix: str
    cursor: str | None = None
    seen: list[str] = field(default_factory=list)

    def log(self) -> logs.Log:
        session = Session(Aws(region=REGION, endpoint_url=self.account.proxy.url))
        return logs.Log(session, LOG, self.prefix, "read")

    def new(self) -> list[str]:
        """Pages until one is empty."""
        found: list[str] = []
        while True:
            read = self.log().read(self.cursor)
            self.cursor = read.cursor
            found += [line.text for line in read.lines]
            if not read.lines:
                return found


def put(client: Any, stream: str, *events: tuple[int, str]) -> None:
    with suppress(client.exceptions.ResourceAlreadyExistsException):
        client.create_log_stream(logGroupName=LOG, logStreamName=stream)
    said = [{"timestamp": at, "message": text} for at, text in events]
    client.put_log_events(logGroupName=LOG, logStreamName=stream, logEvents=said)


def test_what_comes_late_is_not_lost_and_comes_once(account: Account, client: Any, prefix: str, now: int) -> None:
    """A node's agent may have been slow: its lines are older than what was shown, in its stream and in others."""
    reader = Reader(account, prefix)
    put(client, f"{prefix}algo-1-1", (now, "one"), (now + 30 * SECOND, "two"))
    assert reader.new() == ["one", "two"]
    put(client, f"{prefix}algo-1-1", (now + 10 * SECOND, "late"))
    assert reader.new() == ["late"]
    put(client, f"{prefix}algo-2-1", (now - 30 * SECOND, "another node"))
    put(client, f"{prefix}algo-1-1", (now + 30 * SECOND, "in the same moment"))
    assert reader.new() == ["another node", "in the same moment"]
    assert reader.new() == []


def test_equal_lines_of_one_moment_are_as_many_as_there_are(
    account: Account, client: Any, prefix: str, now: int
) -> None:
    reader = Reader(account, prefix)
    put(client, f"{prefix}algo-1-1", (now, "x"), (now, "x"))
    assert reader.new() == ["x", "x"]
    put(client, f"{prefix}algo-1-1", (now, "x"))
    assert reader.new() == ["x"]
    assert reader.new() == []


def test_lines_of_several_nodes_are_in_the_order_of_time(account: Account, client: Any, prefix: str, now: int) -> None:
    for node in range(1, 4):
        put(client, f"{prefix}algo-{node}-1", *((now + step * SECOND + node, f"{step}.{node}") for step in range(3)))
    read = Reader(account, prefix).log().read(None)
    assert [line.text for line in read.lines] == [f"{step}.{node}" for step in range(3) for node in range(1, 4)]
    assert read.streams == 3


def test_a_long_log_in_pages(account: Account, client: Any, prefix: str, now: int) -> None:
    """More than a page, and far more than is remembered; read by one process after the other."""
    lines = [f"line {number}" for number in range(12_000)]
    for start in range(0, len(lines), 5_000):
        put(
            client,
            f"{prefix}algo-1-1",
            *((now + start + n, text) for n, text in enumerate(lines[start : start + 5_000])),
        )
    reader = Reader(account, prefix)
    assert reader.new() == lines
    assert reader.cursor is not None
    assert len(reader.cursor) < 4_000, "short enough to be handed over on a command line"
    put(client, f"{prefix}algo-1-1", (now + 12_000, "more"))
    assert reader.new() == ["more"]


def test_more_streams_than_are_read_at_once(account: Account, client: Any, prefix: str, now: int) -> None:
    many = logs.AT_ONCE * 2 + 3
    for node in range(1, many + 1):
        put(client, f"{prefix}algo-{node}-1", (now, f"node {node}"))
    reader = Reader(account, prefix)
    first = reader.log().read(None)
    assert [line.text for line in first.lines] == [f"node {node}" for node in range(1, logs.AT_ONCE + 1)]
    assert sorted(reader.new()) == sorted(f"node {node}" for node in range(1, many + 1))
    done = False
    for _ in range(3):
        read = reader.log().read(reader.cursor, settled=True)
        reader.cursor, done = read.cursor, read.done
    assert done, "each had its turn"


def test_nothing_is_there_yet(account: Account) -> None:
    session = Session(Aws(region=REGION, endpoint_url=account.proxy.url))
    for group in ("/not/made", LOG_GROUP):
        read = logs.Log(session, group, "nobody/", "read").read(None, settled=True)
        assert (read.lines, read.streams) == ((), 0)
        assert logs.Log(session, group, "nobody/", "read").read(read.cursor).lines == ()


def test_the_sources_are_the_hosts(aws_harness: AwsHarness) -> None:
    run = aws_harness.run(aws_harness.name("job"), digest("hosts"))
    trainer = aws_harness.connect().trainer()
    trainer.ensure(run)
    finish(aws_harness, run.name)
    page = trainer.logs(run.name, None)
    assert {line.source for line in page.lines} == {"algo-1"}
    assert all(line.time is not None and line.time.tzinfo is not None for line in page.lines)
    aws_harness.clean()


@pytest.mark.parametrize("cursor", ["nonsense", "e30", "AAAA", "é", "eJyLNtQx0LEAAAYjAaw"])
def test_what_is_no_cursor(cursor: str) -> None:
    with pytest.raises(ProviderError, match="no cursor") as caught:
        log_cursor.read(cursor, "read")
    assert caught.value.kind == "invalid"


def test_a_cursor_there_and_back() -> None:
    marks = tuple(log_cursor.mark({"timestamp": 5_000 + n, "message": f"naïve {n}"}) for n in range(5))
    cursor = log_cursor.Cursor({"algo-1-1": log_cursor.Place(5_000, marks, done=True), "b": log_cursor.Place()}, 7)
    assert log_cursor.read(log_cursor.written(cursor), "read") == cursor


# ---- CloudWatch as it may be: pages that are not full, streams of many jobs, a clock of its own


class CloudWatch:
    """One job with streams; a page holds `size` events, and each is followed by `gaps` empty ones."""

    def __init__(self, size: int = 3, gaps: int = 0) -> None:
        self.size = size
        self.gaps = gaps
        self.streams: dict[str, list[tuple[int, str]]] = {}
        self.job: Said = {}

    def describe_job(self, said: Said) -> Said:
        if not self.job:
            raise Refused("ValidationException", "Requested resource not found.")
        return {"TrainingJobName": "j", "TrainingJobArn": "arn", "SecondaryStatus": "x", **self.job}

    def describe_streams(self, said: Said) -> Said:
        """Two a page."""
        if not self.streams:
            raise Refused("ResourceNotFoundException", "The specified log group does not exist.")
        names = sorted(name for name in self.streams if name.startswith(said["logStreamNamePrefix"]))
        start = int(said.get("nextToken", "0"))
        more = {"nextToken": str(start + 2)} if start + 2 < len(names) else {}
        return {"logStreams": [{"logStreamName": name} for name in names[start : start + 2]], **more}

    def events(self, said: Said) -> Said:
        found = [e for e in sorted(self.streams[said["logStreamName"]]) if e[0] >= said.get("startTime", 0)]
        at, gap = (int(part) for part in said.get("nextToken", "0/0").split("/"))
        if at and gap < self.gaps:
            return {"events": [], "nextForwardToken": f"{at}/{gap + 1}"}
        page = found[at : at + self.size]
        token = f"{at + len(page)}/0" if page else said.get("nextToken", "0/0")
        return {
            "events": [{"timestamp": t, "message": m, "ingestionTime": t} for t, m in page],
            "nextForwardToken": token,
        }


@contextmanager
def job_on(cloud: CloudWatch) -> Iterator[AwsTrainer]:
    answers = {
        "DescribeTrainingJob": cloud.describe_job,
        "DescribeLogStreams": cloud.describe_streams,
        "GetLogEvents": cloud.events,
    }
    with standing_in(answers) as service:
        made = INFO.connect(Aws(region=REGION, endpoint_url=service.url), Foundation("s3://b"))
        yield made.trainer()  # type: ignore[misc]  # of this provider


def ended(seconds_ago: float, status: str = "Completed", trained: bool = True) -> Said:
    at = time.time() - seconds_ago
    step = {"Status": "Training" if trained else "Starting", "StartTime": at - 9, "EndTime": at}
    return {"TrainingJobStatus": status, "SecondaryStatusTransitions": [step, {"Status": status, "StartTime": at}]}


def pages(trainer: AwsTrainer, cursor: str | None = None) -> list[LogPage]:
    """As the engine reads: on while there are lines."""
    found: list[LogPage] = []
    while True:
        found.append(trainer.logs("j", cursor))
        cursor = found[-1].cursor
        if found[-1].end or not found[-1].lines:
            return found


def texts(found: list[LogPage]) -> list[str]:
    return [line.text for page in found for line in page.lines]


@pytest.mark.parametrize(("size", "gaps"), [(1, 0), (3, 0), (3, 4), (100, 2)])
def test_pages_that_are_not_full(size: int, gaps: int) -> None:
    cloud = CloudWatch(size, gaps)
    lines = [(1_000 + n // 2, f"line {n}") for n in range(8)]
    cloud.streams["j/algo-1-1"] = list(lines[:4])
    cloud.job = {"TrainingJobStatus": "InProgress"}
    with job_on(cloud) as trainer:
        first = pages(trainer)
        assert texts(first) == [text for _, text in lines[:4]]
        assert not first[-1].end
        cloud.streams["j/algo-1-1"] += lines[4:]
        cloud.job = ended(60)
        rest = pages(trainer, first[-1].cursor)
        assert texts(rest) == [text for _, text in sorted(lines)[4:]]
        assert rest[-1].end


def test_the_end_is_when_nothing_can_follow() -> None:
    """Not while it runs, not until its words have had time to arrive, and not where the last look found something."""
    cloud = CloudWatch()
    cloud.streams["j/algo-1-1"] = [(1_000, "a")]
    with job_on(cloud) as trainer:
        cloud.job = {"TrainingJobStatus": "Stopping"}
        cursor = pages(trainer)[-1].cursor
        for seconds, end in ((0, False), (8, False), (30, True)):
            cloud.job = ended(seconds)
            page = trainer.logs("j", cursor)
            assert (page.lines, page.end) == ((), end), seconds
            cursor = page.cursor
        cloud.streams["j/algo-2-1"] = [(900, "from another node")]
        page = trainer.logs("j", cursor)
        assert ([line.text for line in page.lines], page.end) == (["from another node"], False)
        assert trainer.logs("j", page.cursor).end


def test_a_job_that_never_ran_or_never_spoke() -> None:
    cloud = CloudWatch()
    with job_on(cloud) as trainer:
        for job, end in (
            (ended(0, "Failed", trained=False), True),
            (ended(6, "Completed"), False),  # its first line may be on its way
            (ended(60, "Completed"), True),
        ):
            cloud.job = job
            page = trainer.logs("j", None)
            assert (page.lines, page.end) == ((), end)


def test_another_jobs_lines_are_not_this_ones() -> None:
    cloud = CloudWatch()
    cloud.job = ended(60)
    cloud.streams = {"j/algo-1-1": [(1, "mine")], "j2/algo-1-1": [(1, "not mine")], "jj/algo-1-1": [(1, "nor this")]}
    with job_on(cloud) as trainer:
        assert texts(pages(trainer)) == ["mine"]


def test_the_log_of_a_job_that_is_gone_is_missing() -> None:
    with job_on(CloudWatch()) as trainer, refused("missing"):
        trainer.logs("j", None)


def test_a_stream_that_is_deleted_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = CloudWatch()
    cloud.job = ended(60)
    cloud.streams = {"j/algo-1-1": [(1, "one")]}

    def gone(said: Said) -> Said:
        raise Refused("ResourceNotFoundException", "The specified log stream does not exist.")

    monkeypatch.setattr(cloud, "events", gone)
    with job_on(cloud) as trainer:
        assert pages(trainer)[-1].end


def test_a_stream_without_an_end_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "PAGES", 5)
    cloud = CloudWatch(gaps=1_000)
    cloud.job = ended(60)
    cloud.streams = {"j/algo-1-1": [(1, "one")]}
    with job_on(cloud) as trainer:
        first = trainer.logs("j", None)
        with refused("transient"):
            trainer.logs("j", first.cursor)


def test_every_line_once_over_many_processes(account: Account, aws_harness: AwsHarness) -> None:
    """A real job that speaks while it is read."""
    words = [f"word {n}" for n in range(40)]
    run: Run = aws_harness.run(aws_harness.name("job"), digest("speaks"))
    script = "n=0; while [ $n -lt 40 ]; do echo word $n; n=$((n + 1)); [ $((n % 10)) -ne 0 ] || sleep 0.05; done"
    run = replace(run, command=("sh", "-c", script))
    aws_harness.connect().trainer().ensure(run)
    seen: list[str] = []
    cursor: str | None = None
    deadline = time.monotonic() + 60
    while True:
        page = aws_harness.connect().trainer().logs(run.name, cursor)
        seen += [line.text for line in page.lines]
        cursor = page.cursor
        if page.end:
            break
        assert time.monotonic() < deadline, seen
        aws_harness.pause()
    assert [text for text in seen if text in words] == words
    aws_harness.clean()


@pytest.mark.parametrize(
    "date", ["Tue, 24 Nov 2026 10:00:10 GMT", "Tue, 24 Nov 2026 10:00:10 -0000", "yesterday", None]
)
def test_a_date_of_any_shape_is_compared(date: str | None) -> None:
    """A proxy's second Date header made a time without a zone, and `train run` ended in a defect of ours."""
    ended = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    headers = {} if date is None else {"date": date}
    job = {
        "TrainingJobStatus": "Completed",
        "TrainingEndTime": ended,
        "SecondaryStatusTransitions": [{"Status": "Training", "StartTime": ended, "EndTime": ended}],
        "ResponseMetadata": {"HTTPHeaders": headers},
    }
    quiet = train._quiet(job)
    assert quiet is not None
    assert quiet >= timedelta(seconds=10) or date in ("yesterday", None)
