"""What exists on one cloud only, validated without its SDK; names of GPUs."""

from __future__ import annotations

import pytest

from tradewind.errors import SpecError
from tradewind.spec import gpus, loads


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("aws: {region: us-east1}", "an AWS region is written like us-east-1"),
        ("aws: {account: 123456789012}", "did you mean '\"123456789012\"'?"),
        ("aws: {endpoint_url: 'http://user:hunter2@host'}", "without user or password"),
        ("aws: {train: {keep_alive: 7h}}", "aws.train.keep_alive: SageMaker keeps machines at most 6h"),
        ("aws: {train: {instance_type: g5.xlarge}}", "a SageMaker instance type is written like ml.g5.xlarge"),
        ("aws: {train: {retries: 31}}", "from 1 to 30"),
        ("aws: {serve: {rolling: {batch: 60%}}}", "aws.serve.rolling.batch: SageMaker takes 5% to 50%"),
        ("aws: {serve: {download_timeout: 30s}}", "SageMaker takes 60s to 1h"),
        ("aws: {serve: {rollout: nativ}}", "did you mean 'native'?"),
        ("gcp: {region: us-east-1}", "a Google region is written like us-central1"),
        ("gcp: {train: {max_wait: 1h}}", "only `scheduling: flex_start` waits in a queue"),
        ("gcp: {projet: x}", "did you mean 'project'?"),
        ("azure: {subscription: x}", "is written like 00000000-0000-0000-0000-000000000000"),
        ("azure: {serve: {max_queue_wait: 5m}}", "Azure ML takes at most 2m"),
        ("azure: {storage_endpoint: localhost}", "an address is written like https://host:port"),
        ("local: {port: 0}", "local.port: must be a whole number from 1 to 65535"),
    ],
)
def test_wrong_blocks(block: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        loads(f"name: a\n{block}\n", environ={})
    assert said in str(caught.value)
    assert len(caught.value.problems) == 1
    assert "hunter2" not in str(caught.value)


def test_addresses() -> None:
    spec = loads(
        "name: a\naws: {endpoint_url: 'http://127.0.0.1:1'}\ngcp: {endpoint: 'http://localhost:2', storage_endpoint: 'http://[::1]:3'}\n"
        "azure: {resource_manager_url: 'https://arm.example.org', storage_endpoint: 'https://blob.example.org/x'}\n",
        environ={},
    )
    assert spec.aws is not None
    assert spec.gcp is not None
    assert spec.azure is not None
    assert spec.aws.endpoint_url == "http://127.0.0.1:1"
    assert (spec.gcp.endpoint, spec.gcp.storage_endpoint) == ("http://localhost:2", "http://[::1]:3")
    assert spec.azure.resource_manager_url == "https://arm.example.org"


def test_gpus_by_name_and_memory() -> None:
    assert gpus.meant("a100") == ("A100-40GB", "A100-80GB")
    assert gpus.same("A100", "A100-80GB")
    assert not gpus.same("A100-80GB", "A100-40GB")
    assert not gpus.same("A10", "A10G")
    assert (gpus.memory_gib("L4"), gpus.memory_gib("A100"), gpus.memory_gib("X1")) == (24, 40, None)
