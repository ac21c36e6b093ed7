"""Threads for handlers that block, and the way back to the loop: one wake-up for all results that wait, not one each."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from queue import SimpleQueue
from typing import Any, Callable, Optional, Tuple

Done = Callable[[Any, Optional[BaseException]], None]
_Job = Tuple[Callable[..., Any], Tuple[Any, ...], Done]


class Workers:
    """At most `size` threads, started when needed. They are daemons: one that never ends does not keep the process alive."""

    def __init__(self, loop: asyncio.AbstractEventLoop, size: int) -> None:
        self._loop = loop
        self._size = size
        self._threads = 0
        self._busy = 0
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._back: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._woken = False

    def submit(self, function: Callable[..., Any], arguments: tuple[Any, ...], done: Done) -> None:
        """Run in a thread; `done(result, error)` is called on the loop. To be called on the loop."""
        self._busy += 1
        if self._busy > self._threads and self._threads < self._size:
            self._threads += 1
            threading.Thread(target=self._work, name=f"worker-{self._threads}", daemon=True).start()
        self._jobs.put((function, arguments, done))

    def post(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call on the loop, in order, from any thread."""
        self._back.append((function, arguments))
        if not self._woken:
            self._woken = True
            try:
                self._loop.call_soon_threadsafe(self._drain)
            except RuntimeError:
                return  # the loop has ended: nobody waits for this any more

    def _drain(self) -> None:
        self._woken = False  # before looking, so that what comes meanwhile wakes us again
        back = self._back
        try:
            while back:
                function, arguments = back.popleft()
                function(*arguments)
        finally:
            if back:  # one that failed must not keep the others waiting
                self._loop.call_soon(self._drain)

    def _work(self) -> None:
        while True:
            function, arguments, done = self._jobs.get()
            result: Any = None
            failure: BaseException | None = None
            try:
                result = function(*arguments)
            except BaseException as error:  # noqa: BLE001 - whatever a handler raises, SystemExit too, is an answer
                failure = error
            self.post(self._finished, done, result, failure)
            del function, arguments, done, result, failure  # do not keep a request alive while waiting for the next

    def _finished(self, done: Done, result: Any, failure: BaseException | None) -> None:
        self._busy -= 1
        done(result, failure)

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The same for coroutines."""
        future: asyncio.Future[Any] = self._loop.create_future()

        def done(result: Any, failure: BaseException | None) -> None:
            if future.done():
                return
            if failure is None:
                future.set_result(result)
            elif isinstance(failure, (StopIteration, KeyboardInterrupt, SystemExit)):
                # a future cannot carry the first, and the others would end the loop
                future.set_exception(RuntimeError(f"{type(failure).__name__}: {failure}"))
            else:
                future.set_exception(failure)

        self.submit(function, arguments, done)
        return await future
