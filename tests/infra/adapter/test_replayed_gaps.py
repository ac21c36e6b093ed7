"""Events that cannot be read: a preview is refused, and what was done is told with a warning."""

from __future__ import annotations

import json
import warnings

import pytest

from tests.infra.adapter.fake import Put, changed, failure, ground
from tradewind.errors import Exit

CANARY = "canary-9f3b7e"

GARBAGE = {
    "no JSON": lambda events: [*events[:9], f'{{"password": "{CANARY}"', *events[10:]],
    "a field of another type": lambda events: [
        *events[:9],
        f'{{"sequence": 9, "resourcePreEvent": "{CANARY}"}}',
        *events[10:],
    ],
    "one is missing": lambda events: [*events[:14], *events[15:]],
    "broken off": lambda events: events[:16],
    "only the last is missing": lambda events: events[:-1],
    "none at all": lambda events: [],
}


@pytest.mark.parametrize("how", GARBAGE)
def test_a_preview_that_is_not_whole_is_refused(put: Put, how: str, capfd: pytest.CaptureFixture[str]) -> None:
    put("whole", changed("preview", GARBAGE[how]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        error = failure(ground().preview)
    assert (error.exit, error.code) == (Exit.FAILED, "TW820")
    assert CANARY not in f"{error.message}{error.said}{''.join(capfd.readouterr())}"


@pytest.mark.parametrize("how", [it for it in GARBAGE if it != "none at all"])
def test_what_was_done_already_is_told_with_a_warning(put: Put, how: str) -> None:
    put("whole", changed("up", GARBAGE[how]))
    done = ground().up()
    assert done.outputs == {"root": "file:///somewhere"}
    assert [it.text for it in done.told if it.severity == "warning" and "may be missing" in it.text]


def test_an_event_of_a_kind_that_is_not_known_yet_is_left_out(put: Put) -> None:
    def more(events: list[str]) -> list[str]:
        rows = [*events[:5], json.dumps({"starGazedEvent": {"star": CANARY}}), *events[5:]]
        return [json.dumps({**json.loads(row), "sequence": at}) for at, row in enumerate(rows)]

    put("whole", changed("preview", more))
    assert [step.name for step in ground().preview().changes] == ["thing"]
