from __future__ import annotations

import os
import subprocess
from dataclasses import replace

from tradewind.host import identity


def test_it_knows_itself_and_forgets_the_dead() -> None:
    child = subprocess.Popen(["sleep", "60"])
    who = identity.identify(child.pid)
    assert who is not None
    assert identity.alive(who)
    assert identity.of_record(who.record()) == who
    child.kill()
    child.wait()
    assert not identity.alive(who)
    assert identity.identify(child.pid) is None


def test_a_zombie_is_dead() -> None:
    child = subprocess.Popen(["true"])
    who = identity.identify(child.pid)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not identity.alive(who)
    child.wait()


def test_a_stranger_with_our_number_is_not_us() -> None:
    me = identity.me()
    assert not identity.alive(replace(me, started="1")), "the same number, begun at another time"
    assert not identity.alive(replace(me, boot="another boot"))
    assert not identity.alive(None)


def test_a_broken_record_is_nobody() -> None:
    for record in (None, {}, {"pid": "x", "started": 1, "boot": "b"}, {"pid": None, "started": "", "boot": ""}):
        assert identity.of_record(record) is None
