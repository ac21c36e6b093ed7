"""What goes into a job's instances and what comes out of them: channels, checkpoints, the model and other output."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tradewind.sandbox.aws import transfer
from tradewind.sandbox.aws.training.job import Job
from tradewind.sandbox.aws.training.layout import Host
from tradewind.sandbox.aws.training.rules import CHECKPOINTS


class Goods:
    """`aside` is a folder for archives on their way."""

    def __init__(self, job: Job, hosts: Sequence[Host], s3: Any, aside: Path) -> None:
        self._job = job
        self._hosts = hosts
        self._s3 = s3
        self._aside = aside
        checkpoints = job.request.get("CheckpointConfig") or {}
        self._checkpoints: str | None = checkpoints.get("S3Uri")
        self._place = checkpoints.get("LocalPath") or CHECKPOINTS

    def fill(self, host: Host) -> None:
        """Raises TransferError."""
        request = self._job.request
        for channel in request.get("InputDataConfig") or ():
            source = channel["DataSource"]["S3DataSource"]
            uri = source["S3Uri"]
            keys = transfer.listed(self._s3, uri, region=self._job.region, role=request["RoleArn"])
            if source.get("S3DataDistributionType") == "ShardedByS3Key":
                keys = sorted(keys)[host.number - 1 :: len(self._hosts)]
            transfer.download(self._s3, uri, keys, host.root / "input" / "data" / channel["ChannelName"])
        if self._checkpoints is not None:
            transfer.resume(self._s3, self._checkpoints, host.inside(self._place))

    def sync(self) -> None:
        """Checkpoints to where the next start finds them."""
        if self._checkpoints is not None:
            for host in self._hosts:
                transfer.upload_folder(self._s3, host.inside(self._place), self._checkpoints, {})

    def collect(self, *, failed: bool) -> str:
        """The address of the model; "" of a failed job, whose other output is collected all the same."""
        output = self._job.output
        extra = transfer.encryption(output.get("KmsKeyId"))
        below = f"{output['S3OutputPath'].rstrip('/')}/{self._job.name}/output"
        folders = [("output", [host.root / "output" / "data" for host in self._hosts])]
        if not failed:
            folders.append(("model", [host.root / "model" for host in self._hosts]))
        if output.get("CompressionType") == "NONE":
            for name, roots in folders:
                for root in roots:
                    transfer.upload_folder(self._s3, root, f"{below}/{'data' if name == 'output' else name}", extra)
            return "" if failed else f"{below}/model/"
        for name, roots in folders:
            if name == "model" or any(any(root.iterdir()) for root in roots):
                aside = self._aside / f"{name}.tar.gz"
                transfer.upload_archive(self._s3, roots, f"{below}/{name}.tar.gz", aside, extra)
        return "" if failed else f"{below}/model.tar.gz"
