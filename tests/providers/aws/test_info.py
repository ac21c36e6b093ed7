"""The static half as the engine asks it."""

from __future__ import annotations

import botocore.session
import pytest

from tradewind.errors import Exit, ProviderError
from tradewind.providers.aws.info import INFO
from tradewind.spec.clouds.aws import Aws, AwsServe, AwsTrain, InstanceGroup
from tradewind.values import Foundation, Hardware, Loss, Machine


def test_names_and_lengths_are_the_models() -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")
    for kind, shape in (("job", "TrainingJobName"), ("endpoint", "EndpointName")):
        facts = model.shape_for(shape).metadata
        assert (INFO.traits.names[kind], INFO.traits.max_name[kind]) == (facts["pattern"], facts["max"])


def test_the_machine_named_in_the_block_wins() -> None:
    settings = Aws(train=AwsTrain(instance_type="ml.p4d.24xlarge"), serve=AwsServe(instance_type="ml.g6e.xlarge"))
    train, serve = (INFO.machine(Hardware(cpus=1), settings, use) for use in ("train", "serve"))  # type: ignore[arg-type]  # literals
    assert isinstance(train, Machine)
    assert isinstance(serve, Machine)
    assert (train.id, train.gpus, serve.id, serve.gpu) == ("ml.p4d.24xlarge", 8, "ml.g6e.xlarge", "L40S")


def test_a_cluster_of_several_kinds_counts_as_its_first() -> None:
    groups = (
        InstanceGroup(name="gpu", instance_type="ml.g5.xlarge"),
        InstanceGroup(name="cpu", instance_type="ml.m5.large"),
    )
    found = INFO.machine(Hardware(), Aws(train=AwsTrain(instance_groups=groups)), "train")
    assert isinstance(found, Machine)
    assert found.id == "ml.g5.xlarge"


def test_no_image_is_a_loss_that_says_what_to_do() -> None:
    found = INFO.image("lightgbm", None, Machine("ml.m5.large", 2, 8), "serve")
    assert isinstance(found, Loss)
    assert found.fatal
    assert (found.path, found.instead) == ("serve.framework", "give `image:`")


def test_connecting_without_being_signed_in_says_how_to_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    with pytest.raises(ProviderError) as caught:
        INFO.connect(None, Foundation("s3://bucket", "eu-west-1"))
    assert (caught.value.kind, caught.value.code, caught.value.exit) == ("credentials", "TW101", Exit.CREDENTIALS)
    assert "aws sso login" in caught.value.hint


def test_the_ground_must_be_said_and_costs_money() -> None:
    assert INFO.foundation(Aws(), "p", "default") is None
    assert INFO.free is False
