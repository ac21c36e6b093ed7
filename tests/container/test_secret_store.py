"""Secrets by reference, from each cloud's own store; the SDKs are stood in for."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from tradewind.container import secret_store
from tradewind.container.errors import ContainerError


def test_secrets_from_a_cloud_by_its_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def client(service: str, region_name: str | None) -> Any:
        asked.append((service, region_name))
        return SimpleNamespace(get_secret_value=lambda SecretId: {"SecretString": f"value of {SecretId}"})

    monkeypatch.setitem(sys.modules, "boto3", SimpleNamespace(client=client))
    arn = "arn:aws:secretsmanager:eu-west-1:1:secret:hf"
    found = secret_store.fetch(
        {"A": arn, "B": "by-name", "C": "env:HERE"}, {"HERE": "x", "AWS_REGION": "us-east-1"}, "sagemaker"
    )
    assert found == {"A": f"value of {arn}", "B": "value of by-name", "C": "x"}
    assert asked == [("secretsmanager", "eu-west-1"), ("secretsmanager", "us-east-1")]


def test_secrets_that_are_missing_are_all_named_and_no_value_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise ValueError("denied for s3cr3t")

    monkeypatch.setitem(sys.modules, "boto3", SimpleNamespace(client=refuse))
    monkeypatch.setitem(sys.modules, "google.cloud.secretmanager", None)
    wanted = {"A": "arn:aws:secretsmanager:r:1:secret:a", "B": "projects/p/secrets/b", "C": "env:NOT_HERE", "D": "D"}
    with pytest.raises(ContainerError) as caught:
        secret_store.fetch(wanted, {}, "")
    said = caught.value.message
    assert all(f"{name}: " in said for name in "ABCD")
    assert "s3cr3t" not in said
    assert "ValueError" in said
    assert "this image has no google.cloud.secretmanager" in said


@pytest.mark.parametrize(
    ("reference", "name", "region"),
    [
        ("arn:aws:ssm:eu-west-1:1:parameter/a/b", "arn:aws:ssm:eu-west-1:1:parameter/a/b", "eu-west-1"),
        ("ssm:/a/b", "/a/b", "us-west-2"),
    ],
)
def test_parameters_of_systems_manager(monkeypatch: pytest.MonkeyPatch, reference: str, name: str, region: str) -> None:
    asked = []

    def client(service: str, region_name: str | None) -> Any:
        asked.append((service, region_name))
        return SimpleNamespace(get_parameter=lambda **said: asked.append(said) or {"Parameter": {"Value": "v"}})

    monkeypatch.setitem(sys.modules, "boto3", SimpleNamespace(client=client))
    assert secret_store.fetch({"A": reference}, {"SAGEMAKER_REGION": "us-west-2"}, "sagemaker") == {"A": "v"}
    assert asked == [("ssm", region), {"Name": name, "WithDecryption": True}]
