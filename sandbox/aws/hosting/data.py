"""Model data onto an instance: from the emulated S3 into /opt/ml/model and the additional channels, unpacked where asked."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tradewind.sandbox.aws import transfer
from tradewind.sandbox.aws.hosting.model_rules import model_source

MODEL, CHANNELS = "model", "additional-model-data-sources"  # below /opt/ml
Said = Mapping[str, Any]


class DataError(Exception):
    """With the text that the service puts into FailureReason."""


def fill(s3: Any, container: Said, root: Path, region: str) -> None:
    """Everything that the container's definition names. Raises DataError."""
    folder = root / MODEL
    folder.mkdir(parents=True, exist_ok=True)
    if (source := model_source(container)) is not None:
        _fetch(s3, source, folder, region)
    for channel in container.get("AdditionalModelDataSources") or ():
        place = root / CHANNELS / channel["ChannelName"]
        place.mkdir(parents=True, exist_ok=True)
        _fetch(s3, channel["S3DataSource"], place, region)


def _fetch(s3: Any, source: Said, folder: Path, region: str) -> None:
    uri = source["S3Uri"]
    try:
        if source["S3DataType"] == "S3Prefix":
            keys = transfer.listed(s3, uri, region=region, role="")
            transfer.download(s3, uri, keys, folder)
        elif source["CompressionType"] == "Gzip":
            _unpack(s3, uri, folder)
        else:
            where = transfer.place(uri)
            s3.download_file(where.bucket, where.prefix, str(folder / where.prefix.rpartition("/")[2]))
    except (ClientError, transfer.TransferError) as error:
        raise DataError(
            f'Failed to download model data for container "container_1" from URL: "{uri}". Please ensure that there is an '
            "object located at the URL and that the role passed to CreateModel has permissions to download the object."
        ) from error


def _unpack(s3: Any, uri: str, folder: Path) -> None:
    where = transfer.place(uri)
    packed = folder.with_name(f".{folder.name}.tar.gz")
    s3.download_file(where.bucket, where.prefix, str(packed))
    try:
        with gzip.open(packed) as plain, tarfile.open(fileobj=plain) as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise DataError(
            f'Failed to extract model data archive for container "container_1" from URL "{uri}". Please ensure that the '
            "object located at the URL is a valid tar.gz archive."
        ) from error
    finally:
        packed.unlink(missing_ok=True)
