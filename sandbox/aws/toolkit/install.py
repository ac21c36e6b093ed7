"""The user's code where it can be imported, and what its requirements.txt names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

SITE = "site-packages"  # beside /opt/ml: the image's own libraries are this machine's, and stay as they are


def submitted(uri: str | None, code: Path) -> None:
    """As sagemaker-containers does: once, into /opt/ml/code. A folder, an archive of this machine, or one in S3."""
    code.mkdir(parents=True, exist_ok=True)
    if not uri or any(code.iterdir()):
        return
    if uri.startswith("s3://"):
        import boto3

        bucket, _, key = uri.removeprefix("s3://").partition("/")
        packed = code.parent / "sourcedir.tar.gz"
        boto3.client("s3", region_name=os.environ.get("AWS_REGION")).download_file(bucket, key, str(packed))
        _unpack(packed, code)
    elif Path(uri).is_dir():
        if Path(uri) != code:
            shutil.copytree(uri, code, dirs_exist_ok=True)
    elif tarfile.is_tarfile(uri):
        _unpack(Path(uri), code)
    else:
        shutil.copy2(uri, code)


def requirements(file: Path, base: Path) -> None:
    """Installed for this container alone. Raises SystemExit where they cannot be."""
    if not file.is_file():
        return
    site = base.parent / SITE
    uv = shutil.which("uv")
    tool = [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    print(f"installing packages from {file}...", flush=True)  # noqa: T201 - a container's log
    done = subprocess.run([*tool, "--target", str(site), "-r", str(file)], cwd=file.parent, check=False)
    if done.returncode != 0:
        raise SystemExit("failed to install required packages, exiting")
    first(site)


def first(*folders: Path) -> None:
    """Where imports look before anywhere else."""
    for folder in reversed(folders):
        sys.path.insert(0, str(folder))


def _unpack(packed: Path, folder: Path) -> None:
    with tarfile.open(packed) as tar:
        tar.extractall(folder, filter="data")
