"""What `infra up` says about deploy.yaml once the ground stands."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml

from tradewind.cli import infra_publish
from tradewind.cli.context import Cli
from tradewind.cli.infra_place import Site
from tradewind.infra.adapter.workspace import Place
from tradewind.spec import load

GIVES = {"root": "s3://acme-ml/tradewind", "region": "eu-west-1", "outputs": {}}
PLAIN: dict[str, Any] = {"name": "churn", "provider": "aws", "serve": {"model": "./model", "handler": "serve.py"}}


@pytest.mark.parametrize(("more", "told"), [({}, True), ({"foundation": {"stack": "prod"}}, False)])
def test_a_spec_that_stands_nowhere_is_told_what_to_say(more: dict[str, Any], told: bool, tmp_path: Path) -> None:
    file = tmp_path / "deploy.yaml"
    (tmp_path / "model").mkdir()
    (tmp_path / "serve.py").touch()
    file.write_text(yaml.safe_dump(PLAIN | more))
    said: list[str] = []
    cli = cast(Cli, SimpleNamespace(file=file, environment="default", out=SimpleNamespace(say=said.append)))
    site = Site(Place("prod", None, {}), "aws", cast(Any, None), load(file, environ={}))
    where = infra_publish.publish(cli, site, GIVES)
    assert where[-1] == str(tmp_path / "deploy.lock")
    assert any("`foundation: {stack: prod}`" in it for it in said) == told
