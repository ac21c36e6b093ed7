"""`deploy infra ... --sandbox`: each command is a process of its own, and the emulated account may have ended in between."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.shell import Said, process

from tradewind.sandbox import running
from tradewind.sandbox.aws.account import Account

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ASKED = ("--sandbox", "--provider", "aws", "-c", "key=own", "-c", 'mails=["team@acme.com"]')


def test_what_one_command_makes_the_next_ones_find(tmp_path: Path, guarded_environment: Path) -> None:
    environ = {"TRADEWIND_HOME": str(guarded_environment), "PULUMI_HOME": str(tmp_path / "pulumi")}

    def say(*words: str) -> Said:
        said = process(*words, cwd=tmp_path, env=environ, timeout=200)
        assert said.code == 0, said.out + said.err
        assert "Exception ignored" not in said.err
        assert "Traceback" not in said.err
        return said

    made = say("infra", "up", *ASKED, "--yes", "-o", "json").json
    say("sandbox", "stop")
    assert say("infra", "drift", *ASKED, "-o", "json").json["changes"] == 0
    again = say("infra", "up", *ASKED, "--yes", "-o", "json").json
    assert (again["changes"], again["outputs"]) == (0, made["outputs"])
    bucket = made["outputs"]["root"].split("/")[2]
    assert bucket in buckets(guarded_environment)
    assert say("infra", "destroy", *ASKED, "--yes", "-o", "json").json["changes"] == made["changes"]
    assert bucket not in buckets(guarded_environment)
    assert say("infra", "outputs", *ASKED, "-o", "json").json["outputs"] == {}


def buckets(home: Path) -> list[str]:
    account = Account(running.last_address(home / "sandbox" / "aws"))
    return [it["Name"] for it in account.client("s3", "us-east-1").list_buckets()["Buckets"]]
