"""An emulated account and the real engine on attached providers, for commands that are processes of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fakes.shell import Said, process

from tests.sandbox.emulator import Emulator
from tradewind.sandbox.aws import variables
from tradewind.sandbox.pulumi import Attached, serve

REGION = "eu-west-1"


@pytest.fixture(autouse=True)
def _real_engine() -> None:
    if shutil.which("pulumi") is None:
        pytest.skip("no `pulumi` on PATH: the real engine is not exercised")


@dataclass(frozen=True)
class Team:
    """A folder with a deploy.yaml, on an account of its own."""

    folder: Path
    account: Emulator
    attached: Attached
    environ: Mapping[str, str]

    def begin(self, more: str) -> None:
        """`deploy init`, and `more` at the end of its deploy.yaml."""
        made = process("init", "--template", "handler", str(self.folder), env=self.environ)
        assert made.code == 0, made.err
        with (self.folder / "deploy.yaml").open("a") as spec:
            spec.write(f"\n{more}environments: {{prod: {{}}}}\n")

    def json(self, *words: str) -> Any:
        return self.say(*words, "-o", "json").json

    def refused(self, *words: str) -> Any:
        return self.say(*words, "-o", "json", code=2).json

    def say(self, *words: str, code: int = 0) -> Said:
        said = process(*words, cwd=self.folder, env=self.environ, timeout=200)
        assert said.code == code, said.out + said.err
        return said

    def client(self, service: str) -> Any:
        return self.account.client(service, REGION)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    account = Emulator(tmp_path / "account")
    account.start("--speed", "600")
    try:
        with serve(aws=account.url, folder=tmp_path / "kept") as attached:
            environ = {
                **variables.pointed(account.url, REGION, {}),
                **attached.environ,
                "TRADEWIND_HOME": str(tmp_path / "home"),
                "PULUMI_HOME": str(tmp_path / "pulumi"),
            }
            yield Team(tmp_path / "handler", account, attached, environ)
    finally:
        account.end()
