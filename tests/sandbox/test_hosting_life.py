"""Endpoints that outlive their emulator, instances that die, and what is left when all is deleted."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.sandbox.emulator import Emulator, until
from tests.sandbox.hosted import ask, config, look, model, served, settled, variant

FAST = ("--speed", "600", "--grace", "5")


def instances(emulator: Emulator) -> list[psutil.Process]:
    """Processes that serve below this account's folder."""
    found = []
    for process in psutil.process_iter():
        try:
            base = process.environ().get("SAGEMAKER_BASE_DIR", "")
            if Path(base).is_relative_to(emulator.data) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def gone(emulator: Emulator, name: str) -> bool:
    rows = emulator.client("sagemaker").list_endpoints(NameContains=name)["Endpoints"]
    assert all(row["EndpointStatus"] == "Deleting" for row in rows)
    return not rows


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_endpoints_serve_again_after_a_restart(own_emulator: Emulator, number: signal.Signals) -> None:
    served(own_emulator, "stays", count=2)
    wish = [{"VariantName": "a", "DesiredInstanceCount": 1}]
    sagemaker = own_emulator.client("sagemaker")
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="stays", DesiredWeightsAndCapacities=wish)
    settled(own_emulator, "stays")
    sagemaker.delete_endpoint_config(EndpointConfigName="stays")  # what runs does not need it
    kept = own_emulator.data / "account" / "s3.pickle"
    until(lambda: b"models/stays.tar.gz" in kept.read_bytes())
    before = look(own_emulator, "stays")
    own_emulator.end(number)
    until(lambda: not instances(own_emulator))
    own_emulator.start(*FAST)
    after = settled(own_emulator, "stays")
    assert after["EndpointStatus"] == "InService"
    for said in (before, after):
        del said["ResponseMetadata"], said["LastModifiedTime"]
    assert after == before
    assert ask(own_emulator, "stays")["word"] == "stays"
    assert len(instances(own_emulator)) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_under_way_goes_on_after_a_restart(own_emulator: Emulator, number: signal.Signals) -> None:
    served(own_emulator, "moves")
    config(own_emulator, model(own_emulator, "moves-2"))
    served(own_emulator, "going")
    sagemaker = own_emulator.client("sagemaker")
    kept = own_emulator.data / "account" / "s3.pickle"
    until(lambda: b"models/going.tar.gz" in kept.read_bytes())
    own_emulator.control("speed", speed=1)  # from here on nothing gets anywhere
    sagemaker.update_endpoint(EndpointName="moves", EndpointConfigName="moves-2")
    sagemaker.create_endpoint(EndpointName="comes", EndpointConfigName="moves-2")
    sagemaker.delete_endpoint(EndpointName="going")
    own_emulator.end(number)
    own_emulator.start(*FAST)
    assert settled(own_emulator, "moves")["EndpointConfigName"] == "moves-2"
    assert settled(own_emulator, "comes")["EndpointStatus"] == "InService"
    until(lambda: gone(own_emulator, "going"))
    assert ask(own_emulator, "moves")["word"] == ask(own_emulator, "comes")["word"] == "moves-2"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_emulator(own_emulator: Emulator, number: signal.Signals) -> None:
    script = (
        "import subprocess\nsubprocess.Popen(['sleep', '600'])\ndef model_fn(d): pass\ndef predict_fn(d, m): return 1\n"
    )
    served(own_emulator, "parent", script)
    assert len(instances(own_emulator)) == 2
    own_emulator.end(number)
    until(lambda: not instances(own_emulator))


def test_an_instance_that_dies_is_replaced(own_emulator: Emulator) -> None:
    served(own_emulator, "mended", count=2)
    first = {ask(own_emulator, "mended")["pid"] for _ in range(4)}
    assert len(first) == 2
    os.kill(min(first), signal.SIGKILL)
    until(lambda: look(own_emulator, "mended")["ProductionVariants"][0]["CurrentInstanceCount"] == 1)
    assert ask(own_emulator, "mended")["pid"] == max(first)  # the other one answers meanwhile
    assert look(own_emulator, "mended")["EndpointStatus"] == "InService"
    until(lambda: look(own_emulator, "mended")["ProductionVariants"][0]["CurrentInstanceCount"] == 2)
    assert len({ask(own_emulator, "mended")["pid"] for _ in range(4)}) == 2


def test_nothing_is_left_of_a_deleted_endpoint(own_emulator: Emulator) -> None:
    served(own_emulator, "brief")
    scaling = own_emulator.client("application-autoscaling")
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/brief/variant/a",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=3)
    sagemaker = own_emulator.client("sagemaker")
    sagemaker.delete_endpoint(EndpointName="brief")
    with pytest.raises(ClientError, match="Endpoint brief of account 123456789012 not found"):
        until(lambda: ask(own_emulator, "brief") is None)
    until(lambda: gone(own_emulator, "brief"))
    sagemaker.delete_endpoint_config(EndpointConfigName="brief")
    sagemaker.delete_model(ModelName="brief")
    assert instances(own_emulator) == []
    assert list((own_emulator.data / "hosting" / "instances").iterdir()) == []
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    for rows, call in (
        ("Endpoints", sagemaker.list_endpoints),
        ("EndpointConfigs", sagemaker.list_endpoint_configs),
        ("Models", sagemaker.list_models),
    ):
        assert call()[rows] == []
    served(own_emulator, "brief")  # and its names may be taken again


def test_lost_answers_and_throttles(own_emulator: Emulator) -> None:
    config(own_emulator, model(own_emulator, "lossy"))
    sagemaker = own_emulator.client("sagemaker")
    for operation, call, said in (
        ("CreateEndpoint", sagemaker.create_endpoint, {"EndpointConfigName": "lossy"}),
        ("UpdateEndpointWeightsAndCapacities", sagemaker.update_endpoint_weights_and_capacities,
         {"DesiredWeightsAndCapacities": [{"VariantName": "a", "DesiredInstanceCount": 2}]}),
        ("DeleteEndpoint", sagemaker.delete_endpoint, {}),
    ):  # fmt: skip
        own_emulator.control("throttle", operation=operation)
        with pytest.raises(ClientError, match="Rate exceeded"):
            call(EndpointName="lossy", **said)
        own_emulator.control("lose", operation=operation)
        with pytest.raises(ConnectionClosedError):
            call(EndpointName="lossy", **said)
        if operation != "DeleteEndpoint":
            settled(own_emulator, "lossy")
    until(lambda: gone(own_emulator, "lossy"))


def test_health_lists_what_is_emulated(own_emulator: Emulator) -> None:
    health: dict[str, Any] = own_emulator.control("health")
    assert {"CreateModel", "CreateEndpoint", "UpdateEndpoint", "AddTags", "CreateTrainingJob"} <= set(
        health["operations"]
    )
    said = own_emulator.control("fail", endpoint="x", reason="y")
    assert json.loads(json.dumps(said))["fail_endpoint"] == {"x": "y"}
    config(own_emulator, model(own_emulator, "many"), variant("many", count=1))
