"""The endpoint as a whole: takes wishes, moves one step at a time towards them, and says what is. Make before break."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import aiohttp

from tradewind.host.gateway.keeper import Keeper
from tradewind.host.gateway.shares import Percent, Shares
from tradewind.host.log_writer import LogWriter
from tradewind.host.wish import Figures, Fleet, Sight, Wish

TICK = 0.1  # seconds
RETRY_AFTER = 5.0  # seconds after a failure was told that the same wish means: try again
SEGMENTS_KEPT = 8  # of a slot's log, 8 MiB each
Secrets = Mapping[str, Mapping[str, str]]  # slot -> variable -> value


class Desk:
    def __init__(self, folder: Path, url: str, client: aiohttp.ClientSession, keep: Callable[[Wish], None]) -> None:
        """`keep` writes an accepted wish to disk; what it raises refuses the wish."""
        self._folder = folder
        self._url = url
        self._client = client
        self._keep = keep
        self._logs: dict[str, LogWriter] = {}
        self._keepers: dict[tuple[str, str], Keeper] = {}
        self._wish: Wish | None = None
        self._mirror: dict[str, Percent] = {}
        self.shares = Shares()
        self.gone = asyncio.Event()
        self.largest_body = 0  # of any version; each version's own server holds its own limit

    # wishes

    def missing(self, wish: Wish, secrets: Secrets) -> tuple[str, ...]:
        """Variables that a version needs and that neither the wish brings nor we remember."""
        lacking: set[str] = set()
        for fleet in wish.fleets:
            keeper = self._keepers.get(fleet.seat)
            have = {*secrets.get(fleet.slot, {}), *(keeper.secrets if keeper else ())}
            lacking |= set(fleet.secrets) - have
        return tuple(sorted(lacking))

    def accept(self, wish: Wish, secrets: Secrets) -> None:
        if self.gone.is_set():
            return
        if wish != self._wish:
            self._keep(wish)
        self._wish = wish
        self.largest_body = max((fleet.max_body for fleet in wish.fleets), default=0)
        for fleet in wish.fleets:
            self._seat(fleet, secrets.get(fleet.slot, {}), Path(wish.cache))
        self.tick()

    def _seat(self, fleet: Fleet, secrets: Mapping[str, str], cache: Path) -> None:
        keeper = self._keepers.get(fleet.seat)
        if keeper is None or keeper.retired:
            log = self._log(fleet.slot)
            log.hide(tuple(secrets.values()))
            fresh = Keeper(fleet, secrets, self._folder, cache, self._client, log)
            if keeper is not None:  # it was on its way out and comes back: the old replicas still go
                self._keepers[(fleet.slot, f"{fleet.digest}~{id(keeper)}")] = keeper
            self._keepers[fleet.seat] = fresh
            return
        keeper.bound(fleet, secrets)
        if keeper.failed and keeper.told_failed and time.monotonic() - keeper.told_failed > RETRY_AFTER:
            keeper.retry()

    def _log(self, slot: str) -> LogWriter:
        if slot not in self._logs:
            self._logs[slot] = LogWriter(self._folder / "logs" / slot, keep=SEGMENTS_KEPT)
        return self._logs[slot]

    # steps

    async def run(self) -> None:
        """Until the endpoint is gone, because a wish said so."""
        while not self.gone.is_set():
            try:
                self.tick()
            except OSError as error:  # a full disk, no more processes: it may pass, and those that serve go on
                print(f"a step failed: {error}", file=sys.stderr, flush=True)  # noqa: T201 - the daemon's log
            await asyncio.sleep(TICK)

    def tick(self) -> None:
        wish = self._wish
        if wish is None:
            return
        for keeper in list(self._keepers.values()):
            keeper.tick()
        self._move_traffic(wish)
        wanted = {fleet.seat for fleet in wish.fleets}
        for seat, keeper in list(self._keepers.items()):
            if keeper.retired and keeper.empty:
                del self._keepers[seat]
            elif seat not in wanted and not keeper.retired and self._is_replaced(keeper, wish):
                keeper.retire()
        if not wish.fleets and not self._keepers:
            self.gone.set()

    def _move_traffic(self, wish: Wish) -> None:
        """Shares move once every version that shall have one can answer, or when nothing answers anyway."""
        wanted = {slot for slot, share in wish.traffic.items() if share > 0}
        able = {fleet.slot for fleet in wish.fleets if self._keepers[fleet.seat].able}
        served = any(self.route(slot) is not None for slot in self.shares.weights)
        if wanted <= able or not served:
            self.shares.set(wish.traffic)
        self._mirror = {slot: self._mirror.get(slot) or Percent() for slot, share in wish.mirror.items() if share > 0}

    def _is_replaced(self, keeper: Keeper, wish: Wish) -> bool:
        """Whether nothing depends on this unwanted version any more."""
        slot = keeper.fleet.slot
        successor = next((self._keepers[f.seat] for f in wish.fleets if f.slot == slot), None)
        if successor is not None:
            return successor.able or slot not in self.shares.weights
        return slot not in self.shares.weights or not keeper.able or not wish.fleets

    async def end(self) -> None:
        """Everything down, gracefully; the wish stays on disk."""
        await asyncio.gather(*(keeper.end() for keeper in self._keepers.values()))
        for log in self._logs.values():
            log.close()

    # routes

    def route(self, slot: str) -> Keeper | None:
        """Who answers for this seat: the wanted version, else the one that it replaces; None: nobody can."""
        able = [keeper for (seat, _), keeper in self._keepers.items() if seat == slot and keeper.able]
        wanted = {fleet.seat for fleet in self._wish.fleets} if self._wish else set()
        return next((k for k in able if k.fleet.seat in wanted and not k.retired), able[-1] if able else None)

    def knows(self, slot: str) -> bool:
        return self._wish is not None and any(fleet.slot == slot for fleet in self._wish.fleets)

    def pick(self) -> Keeper | None:
        """The version whose turn it is."""
        able = {slot: keeper for slot in self.shares.weights if (keeper := self.route(slot)) is not None}
        slot = self.shares.pick(able)
        return None if slot is None else able[slot]

    def mirrors(self) -> list[Keeper]:
        """Versions that shall see a copy of this request."""
        wish = self._wish
        if wish is None or not self._mirror:
            return []
        hit = [slot for slot, percent in self._mirror.items() if percent.hit(wish.mirror[slot])]
        return [keeper for slot in hit if (keeper := self.route(slot)) is not None]

    # sights

    def sight(self) -> Sight:
        wish = self._wish
        if wish is None:
            return Sight("moving", (), {}, {}, self._url, running=True)
        keepers = [self._keepers[fleet.seat] for fleet in wish.fleets]
        fleets = tuple(keeper.sight() for keeper in keepers)
        moved = dict(self.shares.weights) == {slot: share for slot, share in wish.traffic.items() if share > 0}
        alone = len(self._keepers) == len(keepers)
        failed = next((f"version in slot {f.slot}: {f.reason}" for f in fleets if f.failed), "")
        settled = bool(fleets) and moved and alone and all(fleet.ready for fleet in fleets)
        for keeper in keepers:
            if keeper.failed and keeper.told_failed is None:
                keeper.told_failed = time.monotonic()
        return Sight(
            phase="failed" if failed else "settled" if settled else "moving",
            fleets=fleets,
            traffic=dict(self.shares.weights),
            mirror={slot: share for slot, share in wish.mirror.items() if slot in self._mirror},
            url=self._url,
            running=True,
            reason=failed,
            tags=wish.tags,
        )

    def figures(self, window: float) -> dict[str, Figures]:
        now = time.monotonic()
        wanted = self._wish.fleets if self._wish else ()
        return {fleet.slot: self._keepers[fleet.seat].meter.figures(now, window) for fleet in wanted}
