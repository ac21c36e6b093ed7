"""Facts of machine types: what every one must have, and what is known of some from elsewhere."""

from __future__ import annotations

import importlib
import json
import re

import pytest

from tradewind.machines import facts
from tradewind.machines.instance import Service
from tradewind.spec import gpus

SERVICES: tuple[Service, ...] = facts.services()


def test_services_in_the_order_in_which_they_are_told() -> None:
    assert SERVICES == ("sagemaker", "vertex", "azureml")


@pytest.mark.parametrize("service", SERVICES)
def test_ids_are_unique_and_found(service: Service) -> None:
    known = facts.instances(service)
    assert len({it.id for it in known}) == len(known) > 100
    assert all(facts.find(service, it.id) is it and it.service == service for it in known)
    assert facts.find(service, "no-such-type") is None


@pytest.mark.parametrize("service", SERVICES)
def test_each_is_whole(service: Service) -> None:
    for it in facts.instances(service):
        assert it.cpus > 0, it
        assert it.memory_gib > 0, it
        assert it.disk_gib is None or it.disk_gib > 0, it
        assert it.network_gbps is None or it.network_gbps > 0, it
        assert it.uses, it
        assert (it.gpu is None) == (it.gpus == 0) == (it.gpu_memory_gib is None), it
        assert it.gpus <= 16, it


@pytest.mark.parametrize("service", SERVICES)
def test_accelerators_are_in_the_vocabulary_and_have_its_memory(service: Service) -> None:
    known = {**gpus.MEMORY_GIB, **gpus.ACCELERATORS_GIB}
    shares = {"Standard_NV6ads_A10_v5", "Standard_NV12ads_A10_v5", "Standard_NV18ads_A10_v5"}
    for it in (it for it in facts.instances(service) if it.gpu is not None):
        assert it.gpu in known, it
        assert it.id in shares or it.gpu_memory_gib == known[it.gpu], it
        assert it.portable == (it.gpu in gpus.MEMORY_GIB and it.gpu != "MI300X"), it


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_with_a_card_in_its_name_is_a_machine_without(service: Service) -> None:
    """A need for CPUs would be met by it, at the price of its cards."""
    with_cards = re.compile(r"Standard_N|ml\.(g|p|inf|trn)\d|(a2|a3|a4x?|g2|g4|ct\w+)-|.*\+")
    named = [it for it in facts.instances(service) if with_cards.match(it.id)]
    assert named
    assert all(it.gpu for it in named), [it.id for it in named if not it.gpu]


def test_what_runs_no_x86_image_says_so() -> None:
    grace = facts.find("vertex", "a4x-highgpu-4g")
    assert grace is not None
    assert (grace.arm, grace.gpu) == (True, "GB200")
    for service in SERVICES:
        assert all(it.arm for it in facts.instances(service) if it.gpu in gpus.ON_ARM)


def test_a_share_of_a_card_is_a_card_with_so_much_less_memory() -> None:
    shares = [facts.find("azureml", f"Standard_NV{cpus}ads_A10_v5") for cpus in (6, 12, 18, 36)]
    assert [(it.gpu, it.gpus, it.gpu_memory_gib) for it in shares if it] == [
        ("A10", 1, 4.0), ("A10", 1, 8.0), ("A10", 1, 12.0), ("A10", 1, 24.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("service", "id", "said"),
    [  # cpus, memory, card, count, disk in GiB, by the clouds' own pages
        ("sagemaker", "ml.g5.48xlarge", (192, 768, "A10G", 8, 7078.05)),
        ("sagemaker", "ml.p4de.24xlarge", (96, 1152, "A100-80GB", 8, 7450.58)),
        ("sagemaker", "ml.trn1.32xlarge", (128, 512, "TRAINIUM", 16, 7078.05)),
        ("sagemaker", "ml.m5.xlarge", (4, 16, None, 0, None)),
        ("vertex", "g2-standard-24", (24, 96, "L4", 2, None)),
        ("vertex", "n1-standard-8+T4:2", (8, 30, "T4", 2, None)),
        ("vertex", "a3-megagpu-8g", (208, 1872, "H100-MEGA", 8, None)),
        ("vertex", "ct5lp-hightpu-4t", (112, 192, "TPU-V5E", 4, None)),
        ("azureml", "Standard_NC40ads_H100_v5", (40, 320, "H100-NVL", 1, 3576)),
        ("azureml", "Standard_ND96asr_v4", (96, 900, "A100-40GB", 8, 6000)),
    ],
)
def test_known_machines(service: Service, id: str, said: tuple[object, ...]) -> None:
    it = facts.find(service, id)
    assert it is not None
    assert (it.cpus, it.memory_gib, it.gpu, it.gpus, it.disk_gib) == said


def test_vertex_attaches_cards_as_googles_tables_say() -> None:
    """'Valid numbers of GPUs for each machine type': 32 CPUs need two T4, 16 need two V100; 64 do not serve."""
    ids = {it.id: it for it in facts.instances("vertex")}
    assert {"n1-standard-16+T4:1", "n1-standard-16+V100:2", "n1-highmem-2+V100:8", "n1-highcpu-4+T4:1"} <= set(ids)
    assert not {"n1-standard-32+T4:1", "n1-standard-16+V100:1", "n1-standard-4+T4:3", "e2-standard-4+T4:1"} & set(ids)
    assert ids["n1-standard-96+T4:4"].uses == {"train"}
    assert ids["n1-standard-2+T4:1"].uses == {"serve"}
    assert not [id for id in ids if "P100" in id], "P100's support ended on 2026-09-15"


def test_what_serves_on_azure_is_what_microsoft_lists() -> None:
    by_id = {it.id: it.uses for it in facts.instances("azureml")}
    assert by_id["Standard_DS3_v2"] == {"train", "serve"}
    assert by_id["Standard_D4s_v5"] == {"train"}
    assert "Standard_NC6s_v3" not in by_id, "retired on 2025-09-30"


def test_sagemaker_types_are_those_of_the_sdk() -> None:
    """A newer botocore may know more types, and must know all of ours."""
    model = importlib.import_module("botocore.session").get_session().get_service_model("sagemaker")
    for use, shape in (("train", "TrainingInstanceType"), ("serve", "ProductionVariantInstanceType")):
        ours = {it.id for it in facts.instances("sagemaker") if use in it.uses}
        assert ours <= set(model.shape_for(shape).enum)


def test_what_is_never_chosen() -> None:
    burstable = {it.id for it in facts.instances("sagemaker") if it.burstable}
    assert burstable
    assert all(id.startswith(("ml.t2.", "ml.t3.")) for id in burstable)
    arm = {it.id.split(".")[1] for it in facts.instances("sagemaker") if it.arm}
    assert arm == {"c6g", "c6gd", "c6gn", "c7g", "c8g", "m6g", "m6gd", "m8g", "r6g", "r6gd", "r7gd", "r8g"}


def test_the_file_says_where_it_is_from() -> None:
    for service in SERVICES:
        said = json.loads((facts.DATA / f"{service}.json").read_bytes())
        assert said["source"]
        assert len(said["columns"]) == 10
