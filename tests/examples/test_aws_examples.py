"""The same examples, unedited, on the emulated SageMaker: by the commands that anyone would type, in processes of their own.

TRADEWIND_REQUESTS is how many requests a rollout stands under (CI: 1,000; `make bench` and by hand 10,000).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.examples.aws_load import Load
from tests.faults.account import Account

EXAMPLES = Path(__file__).parents[2] / "examples"
REQUESTS = int(os.environ.get("TRADEWIND_REQUESTS", "1000"))
SPEED = "120"
OWN_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"
FAST = ("--set", "serve.rollout.bake=60s", "--set", "serve.rollout.keep=0s")  # a pace, as `--env demo` is one
pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Example:
    folder: Path
    url: str
    account: Account

    def deploy(self, *words: str, code: int = 0) -> str:
        command = ["deploy", *words, "--provider", "aws", "--sandbox"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=400, check=False)
        assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout if code == 0 else done.stdout + done.stderr

    def json(self, *words: str) -> Any:
        return json.loads(self.deploy(*words, "--output", "json"))

    def replicas(self, endpoint: str) -> int:
        seen = self.account.client("sagemaker").describe_endpoint(EndpointName=endpoint)
        return int(seen["ProductionVariants"][0]["CurrentInstanceCount"])

    def take_down(self, name: str) -> None:
        """Nothing is left in any service but what `down` says it keeps; and with --purge not even that."""
        gone = self.json("down", "--yes")
        assert gone["left"] == []
        assert self.account.left() == {}
        kept = [thing["name"].removeprefix("s3://tradewind-sandbox/") for thing in gone["kept"]]
        keys = self.account.keys("tradewind-sandbox")
        assert all(any(key.startswith(one) for key in keys) for one in kept)
        assert all(key.startswith(f"{name}/default/") for key in keys), keys  # and nothing outside its own folder
        self.deploy("down", "--yes", "--purge")
        assert self.account.keys("tradewind-sandbox") == []
        assert self.account.left() == {}


@pytest.fixture
def example(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Example]:
    """A copy of the example named by the parameter, and an emulated account of its own."""
    monkeypatch.setenv("TRADEWIND_HOME", str(tmp_path / "home"))
    project = tmp_path / "project"
    shutil.copytree(EXAMPLES / request.param, project)
    started = ["deploy", "sandbox", "start", "--speed", SPEED, "--output", "json"]
    said = subprocess.run(started, capture_output=True, text=True, timeout=60, check=True)
    url = json.loads(said.stdout)["url"]
    session = boto3.session.Session("testing", "testing", region_name="us-east-1")
    yield Example(project, url, Account(lambda service: session.client(service, endpoint_url=url)))
    subprocess.run(["deploy", "sandbox", "stop"], capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("example", ["tabular"], indirect=True)
def test_tabular_from_training_to_down_under_load(example: Example) -> None:
    """Train, up, ask, a canary and a way back without one lost request, size in place, down."""
    trained = example.json("train", "run", "--yes")
    assert trained["job"]["state"] == "succeeded"
    assert 0.9 < trained["metrics"]["accuracy"] <= 1
    first = example.json("up", "--yes", *FAST)
    assert first["train"]["reused"]
    assert json.loads(example.deploy("endpoint", "invoke", "--file", "request.json"))["predictions"] == [0, 1]

    body = (example.folder / "request.json").read_bytes()
    better = ("--set", "train.parameters.trees=21")
    with Load(example.url, "benign", body) as load:
        second = example.json("up", "--yes", *FAST, *better)
        back = example.json("endpoint", "rollback", "--yes")
        load.until(REQUESTS, 600)
    print(f"canary and rollback: {load.tally}")
    assert load.tally.failures == []
    assert load.tally.requests >= REQUESTS
    assert (second["previous"], back["serves"], back["was"]) == (first["version"], first["version"], second["version"])

    configs = example.account.configs("benign")
    example.deploy("up", "--yes", *FAST, "--set", "serve.replicas.min=2")
    assert example.replicas("benign") == 2
    assert example.account.configs("benign") == configs  # in place
    assert example.account.scalable_targets() == ["endpoint/benign/variant/a"]
    example.take_down("benign")


@pytest.mark.parametrize("example", ["digits-onnx"], indirect=True)
def test_digits_whose_new_version_answers_badly_go_back_by_the_alarm(example: Example) -> None:
    first = example.json("up", "--yes", *FAST)
    answer = json.loads(example.deploy("endpoint", "invoke", "--file", "request.json"))
    assert [image["digit"] for image in answer["predictions"]] == [0, 7]
    handler = (example.folder / "serve.py").read_text()
    bad = handler.replace(
        "    images = np.asarray(", '    raise RuntimeError("no such pixel")\n    images = np.asarray('
    )
    assert bad != handler
    (example.folder / "serve.py").write_text(bad)
    body = (example.folder / "request.json").read_bytes()
    with Load(example.url, "digits", body) as load:
        said = example.deploy("up", "--yes", *FAST, code=8)
    print(f"bad version: {load.tally}")
    assert "alarm" in said.lower()
    assert load.tally.failures  # its share of the requests, until the alarm rang
    assert len(load.tally.failures) < load.tally.requests / 2
    status = example.json("endpoint", "status")
    assert [(one["digest"], one["share"]) for one in status["versions"]] == [(first["version"], 100)]
    answer = json.loads(example.deploy("endpoint", "invoke", "--file", "request.json"))
    assert [image["digit"] for image in answer["predictions"]] == [0, 7]
    told = example.json("history")["entries"]
    assert told[0]["what"] == "rolled_back"
    assert "held" in example.deploy("up", "--yes", *FAST, code=2) or "hold" in example.deploy("up", "--yes", code=2)
    example.take_down("digits")


@pytest.mark.parametrize("example", ["streaming"], indirect=True)
def test_streaming_is_whole_in_sagemakers_image_and_comes_in_pieces_in_ones_own(example: Example) -> None:
    example.deploy("up", "--yes", *FAST)
    lines = example.deploy("endpoint", "invoke", "--file", "request.json").splitlines()
    letters = [json.loads(line)["text"] for line in lines if line]
    assert len(letters) == 60
    assert _arrivals(example, 60)[0] == letters

    # SageMaker's framework images answer when the handler is done; our server, in an image of one's own, as it goes.
    _runs(example, OWN_IMAGE, "python", "-m", "tradewind.serving", "serve")
    example.deploy("up", "--yes", *FAST, "--set", f"serve.image={OWN_IMAGE}")
    long, times = _arrivals(example, 20_000)
    assert (len(long), long[:60]) == (20_000, letters)
    assert times[0] < times[-1] / 2, times
    example.take_down("babble")


def _arrivals(example: Example, length: int) -> tuple[list[str], list[float]]:
    """The letters, and when each part of them came, in seconds."""
    asked = json.loads((example.folder / "request.json").read_text())
    body, began = json.dumps({**asked, "length": length}), time.monotonic()
    runtime = example.account.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint_with_response_stream(
        EndpointName="babble", Body=body, ContentType="application/json"
    )
    parts, times = [], []
    for event in answer["Body"]:
        parts.append(event["PayloadPart"]["Bytes"])
        times.append(time.monotonic() - began)
    return [json.loads(line)["text"] for line in b"".join(parts).splitlines() if line], times


def _runs(example: Example, image: str, *command: str) -> None:
    """The emulator runs processes, so it is told which one stands for an image."""
    said = json.dumps({"image": image, "command": command}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{example.url}/_sandbox/image", said), timeout=10) as answer:
        assert answer.status == 200
