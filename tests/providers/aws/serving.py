"""The harness for endpoints: a tiny model and handler in the emulated bucket, and an autoscaler that a test plays."""

from __future__ import annotations

import io
import sys
import tarfile
import time
from dataclasses import replace

from tests.providers.aws.harness import Account, AwsHarness
from tradewind.providers.conformance.harness import Quality
from tradewind.spec.clouds.aws import AwsServe
from tradewind.values import Artifact, Container, Hardware, Machine, Serving, Version

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"
HANDLER = b"""
import os, time

def load(model_dir):
    if os.environ.get("QUALITY") == "broken":
        raise ValueError("not a model")
    return model_dir

def predict(model, inputs):
    time.sleep(float(os.environ.get("SLOW", "0")))
    if os.environ.get("QUALITY") == "errs":
        raise RuntimeError("an error of its own")
    return [1.0 for _ in inputs]
"""
M5 = Machine("ml.m5.large", 2, 8)


def furnish(account: Account) -> None:
    """What every version here is made of. Repeatable."""
    account.emulator.control("image", image=IMAGE, command=[sys.executable, "-m", "tradewind.serving", "serve"])
    store = account.emulator.client("s3")
    store.put_object(Bucket="work", Key="models/m/weights.txt", Body=b"1.0")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("serve.py")
        entry.size = len(HANDLER)
        archive.addfile(entry, io.BytesIO(HANDLER))
    store.put_object(Bucket="work", Key="bundles/c0de.tar.gz", Body=packed.getvalue())


class ServingHarness(AwsHarness):
    """One variant: SageMaker's own rollouts."""

    shares = False

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        furnish(account)

    def box(self, **env: str) -> Container:
        code = Artifact("s3://work/bundles/c0de.tar.gz", "sha256:c0de", single=True)
        plain = self.container(M5, **env)
        return replace(plain, image=IMAGE, hardware=Hardware(), code=code)

    def version(self, slot: str, digest: str, quality: Quality = "good") -> Version:
        model = Artifact("s3://work/models/m", "sha256:3")
        return Version(slot, digest, self.box(QUALITY=quality), model, Serving(handler="serve.py"), min=1, max=4)

    def scale_out(self, endpoint: str, slot: str, replicas: int) -> None:
        sagemaker = self.account.emulator.client("sagemaker")
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=endpoint,
            DesiredWeightsAndCapacities=[{"VariantName": slot, "DesiredWeight": 1.0, "DesiredInstanceCount": replicas}],
        )
        deadline = time.monotonic() + self.patience.total_seconds()
        while (seen := sagemaker.describe_endpoint(EndpointName=endpoint))["EndpointStatus"] != "InService":
            assert time.monotonic() < deadline, seen
            self.pause()


class SharesHarness(ServingHarness):
    """`aws.serve.rollout: engine`: two variants side by side."""

    shares = True

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.settings = self.settings.model_copy(update={"serve": AwsServe(rollout="engine")})
