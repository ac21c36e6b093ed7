"""Every `up` keeps the price that it saw, of the run and of the version."""

from __future__ import annotations

from fakes.stage import Stage

from tradewind.engine import ledger, spending


def test_what_was_seen_is_kept(stage: Stage) -> None:
    stage.up()
    session = stage.session()
    made = {entry.kind: entry for entry in ledger.of(session).history()}
    for kind in ("trained", "start"):
        seen = made[kind].note.seen
        assert seen is not None
        assert seen.machine
        assert made[kind].tags == session.identity.tags
    found = spending.of(session)
    assert [row.name.split()[0] for row in found.rows] == ["version", "run"]
    stage.down()
    assert len(spending.of(stage.session()).rows) == 2
