"""Google's ground with all that can be asked for, on the real engine: the SDK's own types check each property's name."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pulumi_gcp")

from tests.infra.engine import programs
from tests.infra.gcp.founding import everything
from tradewind.infra.arguments import GcpFoundationArgs
from tradewind.infra.program import build
from tradewind.sandbox.pulumi import Attached

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


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
