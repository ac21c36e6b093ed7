"""The seam: every write is told, optional abilities stay, and a real process can be killed after its n-th effect."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from fakes.statekit import NAME, NEW, OLD, Killed, Killer, World, version

from tradewind.engine import effects, lease
from tradewind.providers.base import NativeRollout, Preflight, StreamingServer
from tradewind.storage.opening import open_store

PROGRAM = """
import os, sys
from tradewind.engine import effects
from tradewind.engine.effects import _Seam, _WatchedStore
from tradewind.storage.opening import open_store
observer = effects.from_environment(os.environ)
store = open_store(sys.argv[1])
store = _WatchedStore(store, _Seam(observer)) if observer else store
for number in range(5):
    store.put_if_absent(f"keys/{number}", b"x")
print("whole")
"""


def test_without_an_observer_nothing_is_wrapped() -> None:
    session = World().session()
    assert effects.through(session, None) is session
    assert effects.from_environment({}) is None


@pytest.mark.parametrize("native", [False, True])
def test_abilities_stay_as_they_are(native: bool) -> None:
    plain = World(native=native).session()
    watched = effects.through(plain, Killer())
    for ability in (NativeRollout, StreamingServer):
        assert isinstance(watched.provider.server(), ability) == isinstance(plain.provider.server(), ability)
    assert isinstance(watched.provider, Preflight) == isinstance(plain.provider, Preflight)


def test_every_write_of_store_and_provider_is_an_effect() -> None:
    world, killer = World(), Killer()
    world.up(version(OLD), observer=killer)
    told = [effect.subject for effect in killer.effects if effect.op in ("store.put_if_absent", "store.put")]
    written = [entry.key for entry in world.store.list() if not entry.key.startswith("lock/")]
    assert [key for key in told if not key.startswith("lock/")] == written
    advances = [effect for effect in killer.effects if effect.op == "server.advance"]
    assert len(world.cloud.writes) <= len(advances) + 1
    assert advances[0].subject == NAME


def test_killed_at_every_write_of_the_cloud_itself() -> None:
    """Finer than the seam: right after the cloud did it, before anybody heard of it."""
    whole = World().serving(OLD)
    since = len(whole.cloud.writes)
    whole.up(version(NEW))
    for nth in range(1, len(whole.cloud.writes) - since + 1):
        world, killer = World().serving(OLD), Killer(10**6)

        def kill(_write: object, world: World = world, killer: Killer = killer, nth: int = nth) -> None:
            if len(world.cloud.writes) - since == nth:
                killer._after = 0  # dead: nothing happens any more
                raise Killed

        world.cloud.on_write = kill
        with pytest.raises(Killed):
            world.up(version(NEW), observer=killer)
        world.cloud.on_write = None
        world.clock.advance(2 * lease.LENGTH)
        world.up(version(NEW))
        assert world.stands() == whole.stands()
        assert len(world.cloud.writes) == len(whole.cloud.writes)


def test_what_before_raises_keeps_the_effect_from_happening() -> None:
    world, killer = World(), Killer(0)
    with pytest.raises(Killed):
        effects.through(world.session(), killer).store.put("key", b"x")
    assert list(world.store.list()) == []


def run(store: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, store.as_uri()],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_real_process_is_killed_after_the_effect_its_environment_names(tmp_path: Path) -> None:
    log = tmp_path / "effects.log"
    killed = run(tmp_path / "one", {"TRADEWIND_TEST_KILL_AFTER": "3", "TRADEWIND_TEST_EFFECTS": str(log)})
    assert killed.returncode == -signal.SIGKILL
    assert log.read_text().splitlines() == [f"{n + 1} store.put_if_absent keys/{n}" for n in range(3)]
    assert len(list(open_store((tmp_path / "one").as_uri()).list("keys/"))) == 3
    whole = run(tmp_path / "two", {"TRADEWIND_TEST_KILL_AFTER": "9"})
    assert (whole.returncode, whole.stdout.strip()) == (0, "whole")
