"""Many looks at once, within a time. A look that hangs is left behind: its thread never keeps the process alive."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


def gather(tasks: Sequence[Callable[[], T]], *, workers: int, patience: float) -> list[T | None]:
    """The tasks' answers in their order; None for one that has none after `patience` seconds. A task must not raise."""
    todo: queue.SimpleQueue[int] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, T]] = queue.SimpleQueue()
    for number in range(len(tasks)):
        todo.put(number)

    def work() -> None:
        while True:
            try:
                number = todo.get_nowait()
            except queue.Empty:
                return
            done.put((number, tasks[number]()))

    for number in range(min(workers, len(tasks))):
        threading.Thread(target=work, name=f"preflight-{number}", daemon=True).start()
    answers: list[T | None] = [None] * len(tasks)
    deadline = time.monotonic() + patience
    for _ in tasks:
        try:
            number, answer = done.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        answers[number] = answer
    return answers


class Once(Generic[T]):
    """One look that several checks need: made by whoever asks first; what it raised is raised for all."""

    def __init__(self, look: Callable[[], T]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._answer: list[T] = []
        self._error: Exception | None = None

    def __call__(self) -> T:
        with self._lock:
            if not self._answer and self._error is None:
                try:
                    self._answer.append(self._look())
                except Exception as error:  # noqa: BLE001  # kept for whoever asks, not dropped
                    self._error = error
            if self._error is not None:
                raise self._error
            return self._answer[0]
