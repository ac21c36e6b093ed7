"""Deletes in a bucket whose versioning was suspended: they go version by version, as while it was on.

moto takes such a bucket for one that never had versions, deletes all of an object's at once, and breaks on a delete marker.
Source: the S3 user guide's "Deleting objects from versioning-suspended buckets".
"""

from __future__ import annotations

import functools
from typing import Any

from moto.s3.models import S3Backend


def install() -> None:
    """For every bucket of this process; once is enough."""
    theirs = S3Backend.delete_object
    if hasattr(theirs, "__wrapped__"):
        return

    @functools.wraps(theirs)
    def delete(backend: S3Backend, bucket_name: str, *said: Any, **more: Any) -> Any:
        bucket = backend.get_bucket(bucket_name)
        if bucket.versioning_status != "Suspended":
            return theirs(backend, bucket_name, *said, **more)
        bucket.versioning_status = "Enabled"
        try:
            return theirs(backend, bucket_name, *said, **more)
        finally:
            bucket.versioning_status = "Suspended"

    S3Backend.delete_object = delete  # type: ignore[method-assign,assignment]  # moto has no other seam for it
