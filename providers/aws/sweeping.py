"""What is left of an endpoint's earlier versions, and the whole of one that is no longer wanted. One write a call."""

from __future__ import annotations

from collections.abc import Collection

from tradewind.codes import GENERAL
from tradewind.errors import ProviderError
from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws import tags
from tradewind.providers.aws.hosting import CLOUDWATCH, LOGS, SAGEMAKER, Hosting

ALARMS_AT_ONCE = 100  # DeleteAlarms
KEPT_DAYS = (
    30  # the log of a version that failed, where nobody takes it away before; PutRetentionPolicy knows such steps only
)
GONE = frozenset({"missing"})


class Sweeping:
    """Each method says whether it removed something: then look again. What is gone already is no error."""

    def __init__(self, hosting: Hosting) -> None:
        self._hosting = hosting

    def strays(self, endpoint: str, config: str = "", models: Collection[str] = ()) -> bool:
        """Everything of the endpoint's but the configuration that serves, its alarms and its models.

        Only while nothing is being deployed: an endpoint whose configuration is gone can never be updated again.
        """
        return (
            self._alarms(endpoint, config)
            or self._each("delete_endpoint_config", "EndpointConfigName", "endpoint-config", endpoint, {config})
            or self._each("delete_model", "ModelName", "model", endpoint, models)
        )

    def logs(self, endpoint: str, *, keep: bool = False) -> bool:
        """`keep`: they stay, but not for ever, as SageMaker would have it."""
        group = self._hosting.log_group(endpoint)
        if group is None:
            return False
        if keep:
            return group.days is None and self._expire(endpoint, group.name)
        during = f"remove the logs of endpoint {endpoint}"
        return self._write(LOGS, "delete_log_group", during, logGroupName=group.name)

    def _expire(self, endpoint: str, group: str) -> bool:
        during = f"have the logs of endpoint {endpoint} expire"
        try:
            return self._write(LOGS, "put_retention_policy", during, logGroupName=group, retentionInDays=KEPT_DAYS)
        except ProviderError as error:
            if error.kind != "permission":  # then they stay until `down`, which is no reason to fail
                raise
            return False

    def _alarms(self, endpoint: str, config: str) -> bool:
        kept = names.alarms(endpoint, config) if config else None
        stale = [one.name for one in self._hosting.alarms(endpoint) if not (kept and one.name.startswith(kept))]
        during = f"remove alarms of endpoint {endpoint}"
        return bool(stale) and self._write(CLOUDWATCH, "delete_alarms", during, AlarmNames=stale[:ALARMS_AT_ONCE])

    def _each(self, operation: str, key: str, kind: str, endpoint: str, kept: Collection[str]) -> bool:
        listed = self._hosting.configs(endpoint) if kind == "endpoint-config" else self._hosting.models(endpoint)
        for name, arn in listed.items():
            # The name may be another endpoint's, too, where both are long; the tag says whose it is.
            if name not in kept and self._hosting.tags(arn).get(tags.ENDPOINT_TAG) == endpoint:
                return self._write(SAGEMAKER, operation, f"remove {kind} {name}", **{key: name})
        return False

    def _write(self, service: str, operation: str, during: str, **request: object) -> bool:
        try:
            self._hosting.call(service, operation, during, **request)
        except ProviderError as error:
            if error.kind not in GONE or error.code != GENERAL["missing"]:
                raise
        return True
