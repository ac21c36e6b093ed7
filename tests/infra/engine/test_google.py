"""Google's ground with all that can be asked for, on the real engine: the SDK's own types check each property's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

pytest.importorskip("pulumi_gcp")

from tests.infra.engine import programs
from tests.infra.gcp.founding import PLAIN, everything
from tradewind.infra.arguments import GcpFoundationArgs
from tradewind.infra.gcp.foundation import GcpFoundation
from tradewind.infra.gcp.ground import Ground
from tradewind.infra.program import build
from tradewind.sandbox.pulumi import Attached

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_what_is_called_otherwise_by_a_later_version_is_not_made_again(
    attached: Attached, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    args = GcpFoundationArgs.model_validate(PLAIN | {"protect": False})
    renamed = {"bucket": [pulumi.Alias(name="ground-store")]}
    stack = programs.stack(tmp_path, attached, lambda: GcpFoundation("ground", args, renamed=renamed).made.export())

    def before(ground: Ground, short: str) -> str:
        return f"{ground.name}-{'store' if short == 'bucket' else short}"

    with monkeypatch.context() as earlier:
        earlier.setattr(Ground, "logical", before)
        stack.up()
        held = attached.kept["gcp"].held()
    changes = stack.up().summary.resource_changes
    assert changes is not None
    assert set(changes) == {"same"}
    assert attached.kept["gcp"].held() == held
    assert [it for it in _urns(stack) if it.endswith("::ground-bucket")]
    assert not [it for it in _urns(stack) if it.endswith("::ground-store")]
    stack.destroy()


def _urns(stack: Any) -> list[str]:
    return [it["urn"] for it in stack.export_stack().deployment["resources"]]


def test_all_of_it_goes_up_once_and_again_without_a_change(attached: Attached, tmp_path: Path) -> None:
    args = GcpFoundationArgs.model_validate(everything())
    stack = programs.stack(tmp_path, attached, lambda: build(args).export())
    outputs = {name: value.value for name, value in stack.up().outputs.items()}
    assert outputs["root"] == "gs://acme-ml-tradewind-prod/tradewind"
    kinds = {id.partition("/")[0] for id in attached.kept["gcp"].held()}
    assert {
        "CryptoKey",
        "RecordSet",
        "ProjectExclusion",
        "AlertPolicy",
        "Budget",
        "WorkloadIdentityPoolProvider",
    } <= kinds
    assert set(stack.up().summary.resource_changes) == {"same"}
    stack.destroy()
    assert attached.kept["gcp"].held() == {}
