"""Names and labels that Vertex AI takes, by the docstrings of google-cloud-aiplatform 2.7.0 (aiplatform_v1)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta

from tradewind.values import Traits

LONGEST_ID = 63  # CreateEndpointRequest.endpoint_id, UploadModelRequest.model_id
LONGEST_LABEL = 63  # Google Cloud's own limit; the client's docstrings say 64
LABELS = 64  # of one resource
PATTERN = r"[a-z](-*[a-z0-9]){0,62}"

# A job has no id of the client's choosing: it is found again by its title and its labels, so that its name is a label too.
TRAITS = Traits(
    names={"job": PATTERN, "endpoint": PATTERN},
    atomic_submit=False,  # CreateCustomJob has neither an id nor a request_id: sent twice it makes two jobs
    log_lag=timedelta(seconds=30),  # Cloud Logging promises none
    # A minute's sample, and the time until it is seen: minutes, as Cloud Monitoring says of Google's own metrics.
    metrics_lag=timedelta(minutes=3),
    max_name={"job": LONGEST_ID, "endpoint": LONGEST_ID},
)
_KEY = re.compile(r"[a-z][a-z0-9_-]*")
_VALUE = re.compile(r"[a-z0-9_-]*")


def fits(name: str) -> bool:
    """A job or an endpoint can have this name."""
    return len(name) <= LONGEST_ID and re.fullmatch(PATTERN, name) is not None


def labels(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags as labels: what a label cannot hold is written otherwise and carries a hash, so that no two become one."""
    return {_key(key): _value(value) for key, value in tags.items()}


def _key(key: str) -> str:
    if _KEY.fullmatch(key) and len(key) <= LONGEST_LABEL:
        return key
    slug = _slug(key)
    return _marked(slug if slug[:1].isalpha() else f"t-{slug}", key)


def _value(value: str) -> str:
    if _VALUE.fullmatch(value) and len(value) <= LONGEST_LABEL:
        return value
    return _marked(_slug(value), value)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-")


def _marked(slug: str, whole: str) -> str:
    mark = hashlib.sha256(whole.encode()).hexdigest()[:8]
    return "-".join(filter(None, (slug[: LONGEST_LABEL - len(mark) - 1].rstrip("-"), mark)))
