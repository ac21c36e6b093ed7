"""Names of all that belongs to one endpoint: the same for the same endpoint and digest, and within SageMaker's 63 characters."""

from __future__ import annotations

import hashlib
import re

LONGEST = 63  # ModelName, EndpointConfigName
_MARK = 12  # hex digits of the hash in a version's name


def version(endpoint: str, digest: str) -> str:
    """Of the model and the endpoint configuration of one version. Small letters: SageMaker writes names so into ARNs."""
    return _named(endpoint, digest)


def several(endpoint: str, parts: tuple[str, ...]) -> str:
    """Of an endpoint configuration with several versions; `parts` is all that makes it another one."""
    return _named(endpoint, "\0".join(parts))


def prefix(endpoint: str) -> str:
    """What the names of all versions of an endpoint begin with; those of another one may, too (see `may_be`)."""
    return endpoint[: LONGEST - _MARK - 1].rstrip("-").lower() + "-"


def may_be(name: str, endpoint: str) -> bool:
    """Whether `name` can be a version of this endpoint; its tag says whether it is."""
    return re.fullmatch(re.escape(prefix(endpoint)) + rf"[0-9a-f]{{{_MARK}}}", name) is not None


def alarms(endpoint: str, config: str = "") -> str:
    """What the names of the alarms of an endpoint, or of one of its configurations, begin with."""
    return f"tradewind/{endpoint}/{config}/" if config else f"tradewind/{endpoint}/"


def log_group(endpoint: str) -> str:
    return f"/aws/sagemaker/Endpoints/{endpoint}"


def scalable(endpoint: str, slot: str) -> str:
    """Application Auto Scaling's ResourceId of a variant."""
    return f"endpoint/{endpoint}/variant/{slot}"


def config_arn(endpoint_arn: str, config: str) -> str:
    """Of a configuration in the account and region of this endpoint."""
    return f"{endpoint_arn.rpartition(':')[0]}:endpoint-config/{config.lower()}"


def _named(endpoint: str, what: str) -> str:
    mark = hashlib.sha256(f"{endpoint}\0{what}".encode()).hexdigest()[:_MARK]
    return prefix(endpoint) + mark
