"""The static half as the engine asks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradewind.errors import SpecError
from tradewind.machines.instance import Instance
from tradewind.providers.base import Grounded, PlansOnly, Priced, Storing
from tradewind.providers.gcp.info import INFO
from tradewind.providers.gcp.region import VARIABLES
from tradewind.spec.clouds.gcp import Gcp, GcpServe, GcpTrain
from tradewind.spec.loading import load
from tradewind.values import Hardware, Loss, Machine


def test_its_abilities() -> None:
    assert isinstance(INFO, Priced)
    assert isinstance(INFO, Storing)
    assert isinstance(INFO, Grounded)
    assert isinstance(INFO, PlansOnly)
    assert (INFO.service, INFO.home, INFO.scheme) == ("vertex", "us-central1", "gs")
    assert "gs://BUCKET" in INFO.ground_hint
    assert INFO.foundation(Gcp(), "p", "default") is None
    assert INFO.free is False


def test_a_second_submit_is_a_second_job_and_shares_are_free() -> None:
    assert not INFO.traits.atomic_submit
    assert INFO.traits.canary == (10, 50)
    assert INFO.traits.keep.total_seconds() > 0


def test_the_region_is_the_specs_then_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(INFO, Priced)
    assert INFO.region(None) is None
    for at, name in reversed(list(enumerate(VARIABLES))):
        monkeypatch.setenv(name, f"europe-west{at}")
        assert INFO.region(None) == INFO.region(Gcp()) == f"europe-west{at}"
    assert INFO.region(Gcp(region="asia-east1")) == "asia-east1"
    monkeypatch.setenv(VARIABLES[0], "")
    assert INFO.region(None) == "europe-west1", "an empty variable says nothing"


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (GcpTrain(), None),
        (GcpTrain(machine_type="g2-standard-8"), "g2-standard-8"),
        (GcpTrain(machine_type="n1-standard-8", accelerator="T4"), "n1-standard-8+T4:1"),
        (GcpTrain(machine_type="n1-standard-8", accelerator="t4:2"), "n1-standard-8+T4:2"),
    ],
)
def test_the_machine_named_in_the_block(part: GcpTrain, name: str | None) -> None:
    assert isinstance(INFO, Priced)
    assert INFO.pinned(Gcp(train=part), "train") == name
    assert INFO.pinned(Gcp(train=part), "serve") is None
    assert INFO.pinned(None, "train") is None


def test_the_machine_named_in_the_block_wins() -> None:
    settings = Gcp(serve=GcpServe(machine_type="n1-standard-8", accelerator="T4:2"))
    found = INFO.machine(Hardware(cpus=64), settings, "serve")
    assert isinstance(found, Machine)
    assert (found.id, found.cpus, found.memory_gib, found.gpu, found.gpus) == ("n1-standard-8+T4:2", 8, 30, "T4", 2)


def test_a_pairing_that_nobody_knows_has_what_its_parts_have() -> None:
    found = INFO.machine(Hardware(), Gcp(train=GcpTrain(machine_type="n1-standard-2", accelerator="P100:4")), "train")
    assert found == Machine("n1-standard-2+P100:4", 2, 7.5, "P100", 4)


def test_a_machine_that_nobody_knows_is_what_the_need_says() -> None:
    found = INFO.machine(Hardware(cpus=3, gpus=(("L4", 2),)), Gcp(train=GcpTrain(machine_type="z9-huge-1")), "train")
    assert found == Machine("z9-huge-1", 3, 0, "L4", 2)


def test_the_first_that_is_offered_and_fits() -> None:
    assert isinstance(INFO, Priced)
    offered = (
        Instance("vertex", "small", 2, 4),
        Instance("vertex", "right", 8, 32),
        Instance("vertex", "large", 96, 384),
    )
    found = INFO.choose(Hardware(cpus=4), None, "train", offered)
    assert isinstance(found, Machine)
    assert found.id == "right"
    none = INFO.choose(Hardware(cpus=400), None, "train", offered)
    assert isinstance(none, Loss)
    assert none.fatal
    assert "Vertex AI" in none.reason


@pytest.mark.parametrize("use", ["train", "serve"])
def test_every_need_of_a_gpu_that_google_has_is_met(use: str) -> None:
    for card in ("T4", "L4", "A100", "H100"):
        found = INFO.machine(Hardware(gpus=((card, 1),)), None, use)  # type: ignore[arg-type]  # a literal
        assert isinstance(found, Machine), card
    tpu = INFO.machine(Hardware(), None, use)  # type: ignore[arg-type]  # a literal
    assert isinstance(tpu, Machine)
    assert tpu.gpus == 0


def test_a_disk_is_no_matter_of_the_machine() -> None:
    """The boot disk of a job is as large as it is asked for."""
    assert INFO.machine(Hardware(disk_gib=5000), None, "train") == INFO.machine(Hardware(), None, "train")


def test_no_image_is_a_loss_that_says_what_to_do() -> None:
    found = INFO.image("lightgbm", None, Machine("n1-standard-4", 4, 15), "serve")
    assert isinstance(found, Loss)
    assert found.fatal
    assert (found.path, found.instead) == ("serve.framework", "give `image:`")


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("{accelerator: T4}", "without the `machine_type`"),
        ("{machine_type: g2-standard-4, accelerator: T4}", "N1 machines only, and g2-standard-4 is none"),
        ("{machine_type: n1-standard-4, accelerator: 'T4:x'}", "that can be attached are T4"),
        ("{machine_type: n1-standard-4, accelerator: H100}", "that can be attached are T4"),
    ],
)
def test_cards_are_attached_to_n1_machines(tmp_path: Path, block: str, said: str) -> None:
    for use in ("train", "serve"):
        file = tmp_path / "deploy.yaml"
        file.write_text(f"name: churn\nprovider: gcp\ntrain: {{command: 'true'}}\ngcp: {{{use}: {block}}}\n")
        with pytest.raises(SpecError, match=said):
            load(file, environ={})
