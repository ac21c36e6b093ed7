"""Waiting, and being told to stop from where signals come."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

from tradewind.engine.clock import Stop

# A signal handler asks at any instruction of the wait, hundreds of times: with a lock inside, one of them hangs for ever.
STORM = """
import signal, sys
from datetime import timedelta
from tradewind.engine.clock import Stop

stop, heard = Stop(), 0

def handle(number, frame):
    global heard
    heard += 1
    stop.ask()

signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
while heard < 2000:
    stop.clear()
    stop.wait(timedelta(microseconds=heard % 7 * 50))
signal.setitimer(signal.ITIMER_REAL, 0)
print("done")
"""


def test_a_signal_in_the_midst_of_a_wait_never_hangs() -> None:
    done = subprocess.run([sys.executable, "-c", STORM], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_every_waiter_wakes() -> None:
    stop, woken = Stop(), []
    threads = [
        threading.Thread(target=lambda: woken.append(stop.wait(timedelta(seconds=30))), daemon=True) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    stop.ask()
    for thread in threads:
        thread.join(10)
    assert woken == [True] * 5


def test_a_stop_asked_and_cleared_is_waited_for_again() -> None:
    stop = Stop()
    stop.ask()
    assert stop.wait(timedelta(seconds=30))
    stop.clear()
    began = time.monotonic()
    assert not stop.wait(timedelta(milliseconds=50))
    assert time.monotonic() - began >= 0.05


def test_the_main_thread_is_woken_by_its_own_handler() -> None:
    stop, began = Stop(), time.monotonic()
    before = signal.signal(signal.SIGUSR1, lambda _number, _frame: stop.ask())
    try:
        threading.Timer(0.05, signal.raise_signal, [signal.SIGUSR1]).start()
        assert stop.wait(timedelta(seconds=30))
        assert time.monotonic() - began < 10
    finally:
        signal.signal(signal.SIGUSR1, before)
