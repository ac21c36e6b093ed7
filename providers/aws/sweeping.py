"""What is left of an endpoint's earlier versions, and the whole of one that is no longer wanted. One write a call."""

from __future__ import annotations

from collections.abc import Collection

from tradewind.codes import GENERAL
from tradewind.errors import ProviderError
from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws import tags
from tradewind.providers.aws.hosting import CLOUDWATCH, LOGS, SAGEMAKER, Hosting

ALARMS_AT_ONCE = 100  # DeleteAlarms
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

    def logs(self, endpoint: str) -> bool:
        if not self._hosting.log_group(endpoint):
            return False
        group = names.log_group(endpoint)
        return self._remove(LOGS, "delete_log_group", f"remove the logs of endpoint {endpoint}", logGroupName=group)

    def _alarms(self, endpoint: str, config: str) -> bool:
        kept = names.alarms(endpoint, config) if config else None
        stale = [one.name for one in self._hosting.alarms(endpoint) if not (kept and one.name.startswith(kept))]
        during = f"remove alarms of endpoint {endpoint}"
        return bool(stale) and self._remove(CLOUDWATCH, "delete_alarms", during, AlarmNames=stale[:ALARMS_AT_ONCE])

    def _each(self, operation: str, key: str, kind: str, endpoint: str, kept: Collection[str]) -> bool:
        listed = self._hosting.configs(endpoint) if kind == "endpoint-config" else self._hosting.models(endpoint)
        for name, arn in listed.items():
            # The name may be another endpoint's, too, where both are long; the tag says whose it is.
            if name not in kept and self._hosting.tags(arn).get(tags.ENDPOINT_TAG) == endpoint:
                return self._remove(SAGEMAKER, operation, f"remove {kind} {name}", **{key: name})
        return False

    def _remove(self, service: str, operation: str, during: str, **request: object) -> bool:
        try:
            self._hosting.call(service, operation, during, **request)
        except ProviderError as error:
            if error.kind not in GONE or error.code != GENERAL["missing"]:
                raise
        return True
