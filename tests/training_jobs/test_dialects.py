"""Each cloud's own words, as its documents and images have them, into the one contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from fakes.container import Container

from tradewind.training_jobs import dialects
from tradewind.training_jobs.errors import BootstrapError
from tradewind.training_jobs.job import read

SHOW = "import json, os; json.dump(dict(os.environ), open(os.environ['TW_MODEL_DIR'] + '/seen.json', 'w'))"


def sagemaker(base: Path, hosts: tuple[str, ...] = ("algo-1",), current: str = "algo-1") -> Path:
    """/opt/ml as the service lays it out."""
    config = base / "input" / "config"
    config.mkdir(parents=True)
    for channel in ("train", "valid-set", "code"):
        (base / "input" / "data" / channel).mkdir(parents=True)
    (config / "resourceconfig.json").write_text(json.dumps({"current_host": current, "hosts": list(hosts)}))
    (config / "inputdataconfig.json").write_text(json.dumps({"train": {}, "valid-set": {}, "code": {}}))
    hyper = {"epochs": "3", "lr": "0.1", "name": "adam", "quoted": '"x"', "on": "true", "sagemaker_program": '"t.py"'}
    (config / "hyperparameters.json").write_text(json.dumps(hyper))
    return base


def test_sagemaker(tmp_path: Path) -> None:
    base = sagemaker(tmp_path / "ml", ("algo-1", "algo-2"), "algo-2")
    words = dialects.translate({"TRAINING_JOB_NAME": "j", "SAGEMAKER_BASE_DIR": str(base)})
    assert words["TW_MODEL_DIR"] == f"{base}/model"
    assert words["TW_OUTPUT_DIR"] == f"{base}/output/data"
    assert words["TW_CHECKPOINT_DIR"] == f"{base}/checkpoints"
    assert words["TW_FAILURE_FILE"] == f"{base}/output/failure"
    assert words["TW_INPUT_TRAIN"] == f"{base}/input/data/train"
    assert words["TW_INPUT_VALID_SET"] == f"{base}/input/data/valid-set"
    assert "TW_INPUT_CODE" not in words
    assert words["TW_CODE"] == f"{base}/input/data/code"
    assert (words["TW_RANK"], words["TW_NODES"], words["MASTER_ADDR"], words["MASTER_PORT"]) == (
        "1",
        "2",
        "algo-1",
        "7777",
    )
    assert json.loads(words["TW_PARAMETERS_JSON"]) == {
        "epochs": 3,
        "lr": 0.1,
        "name": "adam",
        "quoted": "x",
        "on": True,
    }


def test_sagemakers_toolkit_words(tmp_path: Path) -> None:
    words = dialects.translate(
        {
            "SAGEMAKER_BASE_DIR": str(tmp_path),
            "SM_MODEL_DIR": "/m",
            "SM_CHANNEL_TRAIN": "/data/train",
            "SM_OUTPUT_DATA_DIR": "/out",
            "SM_HPS": '{"epochs": 3}',
            "SM_HOSTS": '["a", "b"]',
            "SM_CURRENT_HOST": "b",
            "SM_NUM_GPUS": "4",
        }
    )
    assert (words["TW_MODEL_DIR"], words["TW_INPUT_TRAIN"], words["TW_OUTPUT_DIR"]) == ("/m", "/data/train", "/out")
    assert (words["TW_RANK"], words["TW_NODES"], words["MASTER_ADDR"], words["TW_PROCESSES"]) == ("1", "2", "a", "4")
    assert words["TW_PARAMETERS_JSON"] == '{"epochs": 3}'


def test_under_sagemaker_the_failure_file_is_plain_and_short(any_python: Container) -> None:
    base = sagemaker(any_python.folder / "ml")
    (base / "input" / "data" / "code" / "bad.py").write_text(
        "for n in range(500): print('line', n)\nraise SystemExit('it broke')"
    )
    gone = dict.fromkeys(("TW_CODE", "TW_MODEL_DIR", "TW_OUTPUT_DIR", "TW_CHECKPOINT_DIR", "TW_FAILURE_FILE"), "-")
    done = any_python.run("python bad.py", TRAINING_JOB_NAME="j", SAGEMAKER_BASE_DIR=str(base), **gone)
    assert done.returncode == 1
    text = (base / "output" / "failure").read_text()
    assert text.startswith("exit code 1: it broke\n")
    assert "line 499" in text
    assert len(text) <= 1024


def test_vertex(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TW_GCS_ROOT", str(tmp_path))
    cluster = {
        "cluster": {"workerpool0": ["cmle-0:2222"], "workerpool1": ["cmle-1:2222", "cmle-2:2222"]},
        "environment": "cloud",
        "task": {"type": "workerpool1", "index": 1, "trial": "x"},
        "job": "{}",
    }
    words = dialects.translate(
        {
            "AIP_MODEL_DIR": "gs://bucket/base/model/",
            "AIP_CHECKPOINT_DIR": "gs://bucket/base/checkpoints/",
            "CLUSTER_SPEC": json.dumps(cluster),
            "TW_COMMAND": "true",
        }
    )
    job = read(words)
    assert job.model == f"{tmp_path}/bucket/base/model"
    assert job.output == f"{tmp_path}/bucket/base/output"
    assert job.checkpoint == f"{tmp_path}/bucket/base/checkpoints"
    assert (job.rank, job.nodes, job.master_addr, job.master_port) == (2, 3, "cmle-0", 2222)
    assert job.hosts == ("cmle-0", "cmle-1", "cmle-2")


def test_vertex_without_a_mount_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TW_GCS_ROOT", str(tmp_path / "none"))
    with pytest.raises(BootstrapError, match="not mounted"):
        read(dialects.translate({"AIP_MODEL_DIR": "gs://b/m", "TW_COMMAND": "true"}))


PYTORCH = {"NODE_RANK": "1", "AZUREML_NODE_COUNT": "2", "MASTER_ADDR": "10.0.0.4", "MASTER_PORT": "6105"}
COUNTED = {"NODE_RANK": "1", "WORLD_SIZE": "8", "LOCAL_WORLD_SIZE": "4", "MASTER_ADDR": "h"}
MPI = {"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2", "AZ_BATCH_MASTER_NODE": "10.0.0.5:6000"}


@pytest.mark.parametrize(
    ("words", "rank", "nodes", "master"),
    [
        (PYTORCH, 1, 2, ("10.0.0.4", 6105)),
        (COUNTED, 1, 2, ("h", 29500)),
        (MPI, 1, 2, ("10.0.0.5", 29500)),
        ({}, 0, 1, ("127.0.0.1", 0)),
    ],
)
def test_azure(words: Mapping[str, str], rank: int, nodes: int, master: tuple[str, int], tmp_path: Path) -> None:
    folders = {
        "AZURE_ML_INPUT_train": str(tmp_path),
        "AZURE_ML_OUTPUT_model": "/mnt/model",
        "AZURE_ML_OUTPUT_checkpoints": "/mnt/ck",
        "AZURE_ML_OUTPUT_default": "/mnt/out",
    }
    job = read(dialects.translate({"AZUREML_RUN_ID": "r", "TW_COMMAND": "true", **folders, **words}))
    assert job.inputs == {"TW_INPUT_TRAIN": str(tmp_path)}
    assert (job.model, job.checkpoint, job.output) == ("/mnt/model", "/mnt/ck", "/mnt/out")
    assert (job.rank, job.nodes, (job.master_addr, job.master_port)) == (rank, nodes, master)


def test_our_own_words_win(tmp_path: Path) -> None:
    base = sagemaker(tmp_path / "ml")
    words = dialects.translate(
        {
            "TRAINING_JOB_NAME": "j",
            "SAGEMAKER_BASE_DIR": str(base),
            "TW_MODEL_DIR": "/mine",
            "TW_PARAMETERS_JSON": '{"a": 1}',
        }
    )
    assert (words["TW_MODEL_DIR"], words["TW_PARAMETERS_JSON"]) == ("/mine", '{"a": 1}')


def test_none_is_spoken_here() -> None:
    environ = {"HOME": "/root", "SAGEMAKER_BASE_DIR": "/not/there"}
    assert dialects.name_of(environ) == ""
    assert dialects.translate(environ) == environ


def test_words_that_are_not_json() -> None:
    with pytest.raises(BootstrapError, match="not JSON"):
        dialects.translate({"CLUSTER_SPEC": "{"})


@pytest.mark.parametrize(
    "spec",
    [
        [1],
        {"cluster": {"workerpool0": 5}, "task": {"type": "workerpool0"}},
        {"cluster": {"workerpool0": ["a:1", "b:1"]}, "task": {"type": "workerpool0", "index": "x"}},
    ],
)
def test_settings_of_another_shape_are_said_to_be(spec: object) -> None:
    with pytest.raises(BootstrapError, match="the vertex settings of this container are not understood"):
        dialects.translate({"CLUSTER_SPEC": json.dumps(spec)})
