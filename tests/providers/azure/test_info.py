"""The static half as the engine asks it."""

from __future__ import annotations

import pytest

from tradewind.errors import SpecError
from tradewind.machines import facts
from tradewind.machines.instance import Instance
from tradewind.providers.azure.info import INFO
from tradewind.providers.azure.region import VARIABLES
from tradewind.providers.base import Cautious, Grounded, PlansOnly, Priced, Storing
from tradewind.spec.clouds.azure import Azure, AzureServe, AzureTrain
from tradewind.values import Foundation, Hardware, Loss, Machine


def test_its_abilities() -> None:
    assert isinstance(INFO, Priced)
    assert isinstance(INFO, Storing)
    assert isinstance(INFO, Grounded)
    assert isinstance(INFO, PlansOnly)
    assert (INFO.service, INFO.home, INFO.scheme) == ("azureml", "eastus", "az")
    assert "az://CONTAINER@ACCOUNT" in INFO.ground_hint
    assert INFO.foundation(Azure(), "p", "default") is None
    assert INFO.free is False


def test_a_second_submit_is_the_same_job_and_shares_are_free() -> None:
    assert INFO.traits.atomic_submit
    assert INFO.traits.canary == (10, 50)
    assert INFO.traits.keep.total_seconds() > 0
    assert INFO.traits.max_name["endpoint"] == 32


def test_whoever_would_connect_is_told_that_it_comes_later() -> None:
    with pytest.raises(
        SpecError, match="Azure Machine Learning: planning and prices only; it connects in a later"
    ) as caught:
        INFO.connect(Azure(), Foundation("az://c@a/root"))
    assert caught.value.code == "TW063"


def test_the_region_is_the_specs_then_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(INFO, Priced)
    assert INFO.region(None) is None
    (name,) = VARIABLES
    monkeypatch.setenv(name, "West Europe")  # as the CLI takes it as well
    assert INFO.region(None) == INFO.region(Azure()) == "westeurope"
    assert INFO.region(Azure(region="uksouth")) == "uksouth"
    monkeypatch.setenv(name, "")
    assert INFO.region(None) is None, "an empty variable says nothing"


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (AzureTrain(), None),
        (AzureTrain(vm_size="Standard_F4s_v2"), "Standard_F4s_v2"),
        (AzureTrain(vm_size="Standard_f4S_V2"), "Standard_F4s_v2"),
        (AzureTrain(vm_size="Standard_Z9_v9"), "Standard_Z9_v9"),
    ],
)
def test_the_size_named_in_the_block(part: AzureTrain, name: str | None) -> None:
    assert isinstance(INFO, Priced)
    assert INFO.pinned(Azure(train=part), "train") == name
    assert INFO.pinned(Azure(train=part), "serve") is None
    assert INFO.pinned(None, "train") is None


def test_the_size_named_in_the_block_wins() -> None:
    settings = Azure(serve=AzureServe(vm_size="Standard_NC4as_T4_v3"))
    found = INFO.machine(Hardware(cpus=64), settings, "serve")
    assert found == Machine("Standard_NC4as_T4_v3", 4, 28, "T4", 1)


def test_a_size_that_nobody_knows_is_what_the_need_says() -> None:
    settings = Azure(train=AzureTrain(vm_size="Standard_Z9_v9"))
    found = INFO.machine(Hardware(cpus=3, gpus=(("A10", 2),)), settings, "train")
    assert found == Machine("Standard_Z9_v9", 3, 0, "A10", 2)


def test_the_first_that_is_offered_and_fits() -> None:
    assert isinstance(INFO, Priced)
    offered = (
        Instance("azureml", "small", 2, 4),
        Instance("azureml", "right", 8, 32),
        Instance("azureml", "big", 96, 384),
    )
    found = INFO.choose(Hardware(cpus=4), None, "train", offered)
    assert isinstance(found, Machine)
    assert found.id == "right"
    none = INFO.choose(Hardware(cpus=400), None, "train", offered)
    assert isinstance(none, Loss)
    assert none.fatal
    assert "Azure ML" in none.reason


@pytest.mark.parametrize("use", ["train", "serve"])
def test_every_need_of_a_gpu_that_azure_has_is_met(use: str) -> None:
    for card in ("T4", "A10", "A100", "H100"):
        found = INFO.machine(Hardware(gpus=((card, 1),)), None, use)  # type: ignore[arg-type]  # a literal
        assert isinstance(found, Machine), card
    plain = INFO.machine(Hardware(), None, use)  # type: ignore[arg-type]  # a literal
    assert isinstance(plain, Machine)
    assert plain.gpus == 0


def test_what_serves_is_a_size_that_microsoft_lists_for_it() -> None:
    found = INFO.machine(Hardware(cpus=2), None, "serve")
    assert isinstance(found, Machine)
    known = facts.find("azureml", found.id)
    assert known is not None
    assert "serve" in known.uses


def test_no_environment_is_a_loss_that_says_what_to_do() -> None:
    found = INFO.image("huggingface", None, Machine("Standard_F4s_v2", 4, 8), "serve")
    assert isinstance(found, Loss)
    assert found.fatal
    assert (found.path, found.instead) == ("serve.framework", "give `image:`")


@pytest.mark.parametrize(
    ("size", "scarce"),
    [
        ("Standard_D1_v2", True), ("Standard_DS1_v2", True), ("Standard_D4s_v3", True), ("Standard_F2s_v2", True),
        ("Standard_E4s_v3", True), ("Standard_D2as_v5", False), ("Standard_E4ds_v4", False),
        ("Standard_NC4as_T4_v3", False), ("Standard_ND40rs_v2", False),
    ],
)  # fmt: skip
def test_sizes_that_no_new_subscription_gets_are_told(size: str, scarce: bool) -> None:
    assert isinstance(INFO, Cautious)
    said = INFO.caution(Machine(size, 2, 4), "train")
    assert said == (
        f"since July 2026 no new subscription gets a {size}; azure.train.vm_size names another size" if scarce else ""
    )
