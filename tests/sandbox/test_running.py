"""The emulated account as a daemon: one however many ask, the same again after a restart, and nothing left after its end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import psutil
import pytest

from tests.sandbox.emulator import until
from tradewind.host import ports
from tradewind.host.errors import HostError
from tradewind.host.files import read_json, write_json
from tradewind.host.identity import identify
from tradewind.sandbox import running
from tradewind.sandbox.aws.training.store import RECORD

MODULE = "tradewind.sandbox.aws.daemon"
ASK = (
    "import sys; from pathlib import Path; from tradewind.sandbox import running;"
    f"found, began = running.start({MODULE!r}, Path(sys.argv[1]), speed=600, version='1');"
    "print(found.url, found.identity.pid, began)"
)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "aws"
    running.stop(tmp_path / "aws")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One that is only looked at."""
    where = tmp_path_factory.mktemp("home") / "aws"
    start(where)
    yield where
    running.stop(where)


def start(folder: Path) -> running.Running:
    return running.start(MODULE, folder, speed=600, version="1")[0]


def client(service: str, url: str) -> Any:
    return boto3.client(
        service, endpoint_url=url, region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any"
    )


def alive(pid: int) -> bool:
    return identify(pid) is not None


@pytest.mark.slow
def test_thirty_two_at_once_start_one(folder: Path) -> None:
    def ask(_: int) -> list[str]:
        done = subprocess.run([sys.executable, "-c", ASK, str(folder)], capture_output=True, text=True, check=True)
        return done.stdout.split()

    with ThreadPoolExecutor(32) as pool:
        said = list(pool.map(ask, range(32)))
    assert len({(url, pid) for url, pid, _ in said}) == 1
    assert [began for _, _, began in said].count("True") == 1
    mine = [p for p in psutil.process_iter() if _runs(p, folder)]
    assert [str(p.pid) for p in mine] == [said[0][1]]


def _runs(process: psutil.Process, folder: Path) -> bool:
    try:
        return MODULE in process.cmdline() and str(folder) in process.cmdline()
    except psutil.Error:
        return False


def test_it_is_private_listens_here_alone_and_is_furnished(shared: Path) -> None:
    found, folder = start(shared), shared
    assert urlsplit(found.url).hostname == "127.0.0.1"
    assert folder.stat().st_mode & 0o077 == 0
    addresses = {c.laddr.ip for c in psutil.Process(found.identity.pid).net_connections() if c.status == "LISTEN"}
    assert addresses == {"127.0.0.1"}
    assert client("s3", found.url).list_buckets()["Buckets"][0]["Name"] == "tradewind-sandbox"
    role = client("iam", found.url).get_role(RoleName="tradewind-sandbox")["Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "sagemaker.amazonaws.com"}


def test_the_same_account_at_the_same_port_after_a_restart(folder: Path) -> None:
    first = start(folder)
    client("s3", first.url).put_object(Bucket="tradewind-sandbox", Key="kept", Body=b"yes")
    assert running.stop(folder)
    assert not alive(first.identity.pid)
    assert running.find(folder) is None
    assert not running.stop(folder)
    second = start(folder)
    assert (second.url, second.identity.pid == first.identity.pid) == (first.url, False)
    assert client("s3", second.url).get_object(Bucket="tradewind-sandbox", Key="kept")["Body"].read() == b"yes"


def test_another_port_where_a_stranger_took_it(folder: Path) -> None:
    first = start(folder)
    running.stop(folder)
    with ports.listen(urlsplit(first.url).port or 0):
        second = start(folder)
        assert second.url != first.url
        assert running.answers(second.url)


def test_one_that_was_killed_is_started_again(folder: Path) -> None:
    first = start(folder)
    os.kill(first.identity.pid, signal.SIGKILL)
    until(lambda: running.find(folder) is None)
    second = start(folder)
    assert second.url == first.url
    assert running.answers(second.url)


def test_an_account_of_another_version_is_told_and_can_be_emptied(folder: Path) -> None:
    there = folder / running.DATA / "training-jobs" / "us-east-1" / "old"
    there.mkdir(parents=True)
    (there / RECORD).write_text("{}")
    with pytest.raises(HostError, match="cannot be read, as one of another version: KeyError") as caught:
        start(folder)
    assert "deploy sandbox reset" in caught.value.hint
    assert running.reset(MODULE, folder) is None
    assert running.answers(start(folder).url)


@pytest.mark.parametrize("change", [{"boot": "another"}, {"started": "1"}, {"pid": "none"}])
def test_a_stranger_with_its_number_is_not_it(shared: Path, change: dict[str, str]) -> None:
    """After a reboot, or once the number went to somebody else."""
    found, folder = running.find(shared), shared
    record = read_json(folder / running.ADDRESS)
    assert record is not None
    write_json(folder / running.ADDRESS, {**record, **change})
    assert running.find(folder) is None
    write_json(folder / running.ADDRESS, record)
    assert running.find(folder) == found


def test_its_end_is_the_end_of_all_that_it_started(folder: Path) -> None:
    found = start(folder)
    seconds = "613.0717"  # to be found by
    sagemaker = client("sagemaker", found.url)
    sagemaker.create_training_job(
        TrainingJobName="sleeper",
        RoleArn="arn:aws:iam::123456789012:role/tradewind-sandbox",
        AlgorithmSpecification={
            "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/any:1",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/sh", "-c"],
            "ContainerArguments": [f"setsid sleep {seconds} & sleep {seconds}"],
        },
        OutputDataConfig={"S3OutputPath": "s3://tradewind-sandbox/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
    )
    until(lambda: len(_sleepers(seconds)) >= 2)
    assert running.stop(folder)
    assert _sleepers(seconds) == []


def _sleepers(seconds: str) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.cmdline() == ["sleep", seconds] and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def test_one_whose_folder_is_gone_ends(folder: Path) -> None:
    found = start(folder)
    shutil.rmtree(folder)
    until(lambda: not alive(found.identity.pid))


def test_reset_empties_it_and_goes_on_at_its_pace(folder: Path) -> None:
    first = start(folder)
    running.set_pace(first.url, 77)
    client("s3", first.url).put_object(Bucket="tradewind-sandbox", Key="gone", Body=b"")
    second = running.reset(MODULE, folder)
    assert second is not None
    assert (second.url, running.pace(second.url)) == (first.url, 77)
    assert client("s3", second.url).list_objects_v2(Bucket="tradewind-sandbox")["KeyCount"] == 0
    running.stop(folder)
    assert (folder / running.DATA).exists()
    assert running.reset(MODULE, folder) is None
    assert not (folder / running.DATA).exists()


def test_without_its_libraries_it_says_how_to_get_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "without" / "moto"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'moto'\", name='moto')\n")
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    with pytest.raises(HostError, match="moto is not installed") as caught:
        start(folder)
    assert (caught.value.code, caught.value.hint) == ("TW009", "pip install 'tradewind[sandbox]'")


def test_one_that_does_not_answer_is_told() -> None:
    nobody = f"http://127.0.0.1:{ports.free()}"
    assert not running.answers(nobody)
    with pytest.raises(HostError, match="does not answer") as caught:
        running.pace(nobody)
    assert "deploy sandbox stop" in caught.value.hint
