"""Many commands at once against SageMaker: one of everything, an answer for every caller; and a no-op takes few calls."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults import aws_project
from tests.faults.account import Account
from tests.faults.proxy import Proxy

CALLERS = 32


@pytest.mark.long
@pytest.mark.timeout(400)
def test_thirty_two_identical_ups_make_one_of_everything(proxy: Proxy, account: Account, tmp_path: Path) -> None:
    project = aws_project.tiny(tmp_path, proxy.url, "crowd")
    callers = [project.start("up", "--yes", "--output", "json", "--lock-timeout", "5m") for _ in range(CALLERS)]
    answers = [(*caller.communicate(timeout=300), caller.returncode) for caller in callers]
    for out, err, code in answers:
        assert code == 0, (out, err)
    documents = [json.loads(out) for out, _, _ in answers]
    assert len({document["url"] for document in documents}) == 1
    assert len({document["version"] for document in documents}) == 1
    assert len({document["model"] for document in documents}) == 1
    assert list(account.jobs("crowd").values()) == ["Completed"]
    assert account.endpoints("crowd") == {"crowd": "InService"}
    assert (len(account.configs("crowd")), len(account.models("crowd"))) == (1, 1)
    assert len(proxy.named("CreateEndpoint")) == 1
    told = project.deploy("history", "--output", "json").json["entries"]
    assert sorted(one["what"] for one in told) == ["rolled_out", "trained"]

    before = len(proxy.calls)
    assert not project.deploy("up", "--yes", "--output", "json").json["changed"]
    noop = proxy.calls[before:]
    assert len(noop) <= 8, [str(call) for call in noop]
    assert not any(call.writes for call in noop)

    assert project.deploy("down", "--yes").code == 0
    assert account.left() == {}
