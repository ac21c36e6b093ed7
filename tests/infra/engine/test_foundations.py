"""A foundation on the real engine: up, up again without a change, and destroyed without a rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.infra.engine import programs
from tradewind.infra.arguments import GcpFoundationArgs
from tradewind.infra.program import build
from tradewind.sandbox.pulumi import Attached

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

GOOGLE = GcpFoundationArgs(environment="dev", project="acme-project", region="europe-west4", protect=False)


def test_the_ground_on_google_goes_up_once(attached: Attached, tmp_path: Path) -> None:
    stack = programs.stack(tmp_path, attached, lambda: build(GOOGLE).export())
    outputs = {name: value.value for name, value in stack.up().outputs.items()}
    assert outputs["root"].startswith("gs://")
    assert attached.kept["gcp"].held()
    assert set(stack.up().summary.resource_changes) == {"same"}
    stack.destroy()
    assert attached.kept["gcp"].held() == {}
