"""Between the emulated S3 and an instance's folders: channels and checkpoints in, model, output and checkpoints out."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError


class TransferError(Exception):
    """With the text that the service puts into FailureReason, after `ClientError: `."""


@dataclass(frozen=True)
class Place:
    bucket: str
    prefix: str

    def below(self, name: str) -> str:
        """The key of a relative name, as for a folder."""
        folder = self.prefix.rstrip("/")
        return f"{folder}/{name}" if folder else name


def place(uri: str) -> Place:
    bucket, _, prefix = uri.removeprefix("s3://").removeprefix("https://").partition("/")
    return Place(bucket, prefix)


def listed(s3: Any, uri: str, *, region: str, role: str) -> list[str]:
    """Keys below a channel's address. Raises TransferError where there are none."""
    where = place(uri)
    try:
        keys = list(_keys(s3, where))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise
        keys = []
    if not keys:
        raise TransferError(
            f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket exists '
            f"in the selected region ({region}), that objects exist under that S3 prefix, and that the role "
            f'"{role}" has "s3:ListBucket" permissions on bucket "{where.bucket}".'
        )
    return keys


def download(s3: Any, uri: str, keys: Iterable[str], folder: Path) -> None:
    """Objects as files below `folder`, named by what follows the prefix; a single object by its own name."""
    where = place(uri)
    folder.mkdir(parents=True, exist_ok=True)
    for key in keys:
        path = folder / named(where.prefix, key)
        if not path.resolve().is_relative_to(folder.resolve()):
            raise TransferError(f"Data download failed: the key {key} leads out of the channel")
        if key.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(where.bucket, key, str(path))


def resume(s3: Any, uri: str, folder: Path) -> None:
    """What an earlier run left at the address; nothing is no error."""
    folder.mkdir(parents=True, exist_ok=True)
    where = Place(place(uri).bucket, place(uri).below(""))
    download(s3, f"s3://{where.bucket}/{where.prefix}", _keys(s3, where), folder)


def named(prefix: str, key: str) -> str:
    """`data/` and `data` both give `a.csv` for `data/a.csv`; `data/tr` gives `train/a.csv` for `data/train/a.csv`."""
    rest = key[len(prefix) :]
    if rest.startswith("/") or (rest and prefix.endswith("/")) or not prefix:
        return rest.lstrip("/")
    return prefix.rpartition("/")[2] + rest


def upload_folder(s3: Any, folder: Path, uri: str, extra: Mapping[str, str]) -> int:
    """Every file below the folder; how many there were."""
    where = place(uri)
    files = list(_files(folder))
    for path in files:
        key = where.below(path.relative_to(folder).as_posix())
        s3.upload_file(str(path), where.bucket, key, ExtraArgs=dict(extra))
    return len(files)


def upload_archive(s3: Any, folders: Iterable[Path], uri: str, aside: Path, extra: Mapping[str, str]) -> None:
    """The folders' content as one .tar.gz."""
    where = place(uri)
    with tarfile.open(aside, "w:gz") as tar:
        for folder in folders:
            for path in sorted(folder.iterdir()):
                tar.add(path, arcname=path.name)
    s3.upload_file(str(aside), where.bucket, where.prefix, ExtraArgs=dict(extra))
    aside.unlink()


def encryption(key: str | None) -> dict[str, str]:
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}


def _keys(s3: Any, where: Place) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=where.bucket, Prefix=where.prefix):
        yield from (entry["Key"] for entry in page.get("Contents", ()))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
