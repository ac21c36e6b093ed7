"""Many at once: bounded concurrency and queue, timeouts, and places that stay taken until the work has truly ended."""

from __future__ import annotations

import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from fakes.serving import Running, Start
from sklearn.linear_model import LogisticRegression

SLEEPER = """
import asyncio, os, time
def predict(model, inputs):
    while not os.path.exists(inputs["until"]):
        time.sleep(0.005)
    return "done"
"""
ASYNC_SLEEPER = SLEEPER.replace("def predict", "async def predict").replace("time.sleep", "await asyncio.sleep")


def gauge(server: Running, name: str) -> float:
    text = server.ask("GET", "/metrics").body.decode()
    found = re.search(rf"^{name} ([0-9.e+-]+)$", text, re.M)
    assert found, text
    return float(found.group(1))


@pytest.fixture(params=[SLEEPER, ASYNC_SLEEPER], ids=["threads", "tasks"])
def sleeper(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_more_than_fit_are_refused_at_once_and_health_answers(
    start: Start, sleeper: str, tmp_path: Path, flavour: dict[str, str]
) -> None:
    server = start(sleeper, TW_CONCURRENCY="2", TW_QUEUE="2", TW_QUEUE_WAIT="30", **flavour)
    gate = tmp_path / "go"
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(server.post, {"until": str(gate)}) for _ in range(4)]
        server.until(lambda: gauge(server, "tradewind_requests_waiting") == 2)
        assert gauge(server, "tradewind_requests_in_flight") == 2
        began = time.monotonic()
        refused = server.post({"until": str(gate)})
        assert (refused.status, refused.headers["retry-after"]) == (429, "1")
        assert server.ask("GET", "/ping").status == 200
        assert time.monotonic() - began < 2
        gate.touch()
        assert [answer.result().status for answer in waiting] == [200] * 4
    assert gauge(server, "tradewind_requests_in_flight") == 0


def test_nobody_waits_longer_than_allowed(start: Start, sleeper: str, tmp_path: Path) -> None:
    server = start(sleeper, TW_CONCURRENCY="1", TW_QUEUE_WAIT="0.2")
    gate = tmp_path / "go"
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(server.post, {"until": str(gate)})
        server.until(lambda: gauge(server, "tradewind_requests_in_flight") == 1)
        assert server.post({"until": str(gate)}).status == 429
        gate.touch()
        assert first.result().status == 200


def test_timeout_is_504_and_a_thread_keeps_its_place(start: Start, tmp_path: Path) -> None:
    server = start(SLEEPER, TW_CONCURRENCY="1", TW_QUEUE="0", TW_REQUEST_TIMEOUT="0.2")
    gate = tmp_path / "go"
    late = server.post({"until": str(gate)})
    assert late.status == 504
    assert "0.2 seconds" in late.message
    assert server.post({"until": str(gate)}).status == 429  # the thread still runs
    gate.touch()
    server.until(lambda: gauge(server, "tradewind_requests_in_flight") == 0)
    assert server.post({"until": str(gate)}).status == 200


def test_timeout_cancels_a_task(start: Start, tmp_path: Path) -> None:
    server = start(ASYNC_SLEEPER, TW_CONCURRENCY="1", TW_QUEUE="0", TW_REQUEST_TIMEOUT="0.2")
    assert server.post({"until": str(tmp_path / "never")}).status == 504
    server.until(lambda: gauge(server, "tradewind_requests_in_flight") == 0)


def test_a_client_that_leaves_frees_the_queue_and_cancels_the_task(start: Start, tmp_path: Path) -> None:
    note = tmp_path / "cancelled"
    server = start(
        f"""
        import asyncio
        async def predict(model, inputs):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                open({str(note)!r}, "w").close()
                raise
        """,
        TW_CONCURRENCY="1",
    )
    data = b"POST /invocations HTTP/1.1\r\ncontent-length: 1\r\n\r\n1"
    first = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    first.sendall(data)
    server.until(lambda: gauge(server, "tradewind_requests_in_flight") == 1)
    second = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    second.sendall(data)
    server.until(lambda: gauge(server, "tradewind_requests_waiting") == 1)
    second.close()
    server.until(lambda: gauge(server, "tradewind_requests_waiting") == 0)
    assert not note.exists()
    first.close()
    server.until(note.exists)
    server.until(lambda: gauge(server, "tradewind_requests_in_flight") == 0)
    assert 'code="499"} 2' in server.ask("GET", "/metrics").body.decode()


def test_work_is_done_at_once_up_to_the_limit(start: Start) -> None:
    server = start(
        """
        import threading
        meet = threading.Barrier(4)
        def predict(model, inputs):
            meet.wait(10)
            return threading.current_thread().name
        """,
        TW_CONCURRENCY="4",
    )
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: server.post(1), range(4)))
    assert [answer.status for answer in answers] == [200] * 4
    assert len({answer.body for answer in answers}) == 4


def test_mixed_load_gives_everyone_their_own_answer(start: Start, flavour: dict[str, str]) -> None:
    server = start("def predict(model, inputs): return inputs", TW_CONCURRENCY="16", **flavour)

    def client(name: int) -> list[Any]:
        return [server.post([name, turn, "x" * (turn * 700)]).json()[:2] for turn in range(30)]

    with ThreadPoolExecutor(12) as pool:
        for name, answers in enumerate(pool.map(client, range(12))):
            assert answers == [[name, turn] for turn in range(30)]


def test_a_quick_model_is_answered_on_the_loop_and_a_slow_batch_is_not(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    folder.mkdir()
    x = np.random.default_rng(0).normal(size=(100, 4))
    joblib.dump(LogisticRegression().fit(x, x[:, 0] > 0), folder / "model.joblib")
    server = start(model=folder, TW_CONCURRENCY="4", TW_QUEUE="64")
    small, large = x[:1].tolist(), np.tile(x, (500, 1)).tolist()
    alone = server.post(small).json()
    with ThreadPoolExecutor(6) as pool:
        batches = [pool.submit(server.post, large) for _ in range(4)]
        for _ in range(50):
            assert server.post(small).json() == alone
        for batch in batches:
            assert len(batch.result().json()) == 50_000


def test_concurrent_same_connection_requests_keep_their_order(start: Start) -> None:
    """Pipelined requests run one after the other: answers come in the order of the questions."""
    server = start("import time\ndef predict(m, i):\n    time.sleep(i / 100)\n    return i", TW_CONCURRENCY="8")
    data = b"".join(
        b"POST /invocations HTTP/1.1\r\ncontent-length: 1\r\n%b\r\n%d"
        % (b"connection: close\r\n" if n == 0 else b"", n)
        for n in (5, 1, 3, 2, 4, 2, 1, 0)
    )
    answer = server.raw(data)
    bodies = re.findall(rb"\r\n\r\n(\d)", answer)
    assert bodies == [b"5", b"1", b"3", b"2", b"4", b"2", b"1", b"0"]


def test_start_of_many_threads_is_bounded(start: Start) -> None:
    server = start(
        "import threading\ndef predict(m, i): return threading.active_count()", TW_CONCURRENCY="3", TW_QUEUE="99"
    )
    with ThreadPoolExecutor(10) as pool:
        counts = [answer.json() for answer in pool.map(lambda _: server.post(1), range(50))]
    assert max(counts) <= 4
