"""An independent reader: AWS's own object layer reads what our provider made, from the emulated account, without an error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.tools import uv

from tests.faults import aws_project
from tests.sandbox.emulator import Emulator

READER = Path(__file__).with_name("sagemaker_core_reader.py")
PACKAGE = "sagemaker-core==2.27.0"
TELEMETRY_OFF = "SchemaVersion: '1.0'\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n"
WITH = ("run", "--isolated", "--no-project", "--python", sys.executable, "--with", PACKAGE, "python")


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Emulator]:
    one = Emulator(tmp_path / "account")
    one.start("--speed", "600", "--grace", "5")
    one.furnish()
    yield one
    assert one.end() == 0


@pytest.mark.long
@pytest.mark.timeout(300)
def test_sagemaker_core_reads_and_removes_what_we_made(account: Emulator, tmp_path: Path) -> None:
    probe = subprocess.run(
        [uv(), *WITH, "-c", "import sagemaker.core"], capture_output=True, text=True, timeout=200, check=False
    )
    if probe.returncode:
        pytest.skip(f"{PACKAGE} cannot be had here: {probe.stderr.strip().splitlines()[-1:]}")
    project = aws_project.tiny(tmp_path / "read", account.url, "read")
    project.up()
    [job] = [one["name"] for one in project.deploy("train", "list", "--output", "json").json["jobs"]]

    settings, told = tmp_path / "config.yaml", tmp_path / "read.json"
    settings.write_text(TELEMETRY_OFF)
    environ = {**os.environ, **project.env, "SAGEMAKER_USER_CONFIG_OVERRIDE": str(settings), "NO_COLOR": "1"}
    done = subprocess.run(
        [uv(), *WITH, str(READER), job, "read", str(told)],
        env=environ,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    said = json.loads(told.read_text())

    assert said["job"]["status"] == "Completed"
    assert said["job"]["secondary"][-1] == "Completed"
    assert said["job"]["listed"] == [job]
    assert "sagemaker-scikit-learn" in said["job"]["image"]
    assert said["job"]["model"].startswith(f"s3://{aws_project.BUCKET}/root/read/default/outputs/")
    endpoint = said["endpoint"]
    assert (endpoint["status"], endpoint["variants"]) == ("InService", ["a"])
    assert (endpoint["answer"], endpoint["content_type"]) == ([2.0, 4.0], "application/json")
    assert endpoint["listed"]["endpoints"] == ["read"]
    assert endpoint["listed"]["configs"] == endpoint["listed"]["models"]
    assert len(endpoint["listed"]["models"]) == 1
    assert endpoint["log"]
    assert said["left"] == []
    # somebody else took the endpoint down: ours finds that, and takes away the rest
    gone = project.deploy("down", "--yes", "--output", "json")
    assert (gone.code, gone.json["left"]) == (0, [])
