"""Ending a deployment that nobody wants any more."""

from __future__ import annotations

from tradewind.providers.aws.hosting import CLOUDWATCH, Hosting
from tradewind.providers.aws.sight import EndpointSight

REASON = "tradewind: this deployment is no longer wanted"


class Pushing:
    def __init__(self, hosting: Hosting) -> None:
        self._hosting = hosting

    def back(self, seen: EndpointSight) -> bool:
        """Whether something was written.

        SageMaker has no call that cancels a deployment. But an alarm that guards it and rings puts it back at once, and
        SetAlarmState makes one of ours ring. The state lasts only until CloudWatch next evaluates the alarm, so this is done
        at each look until the deployment is over. Without alarms of ours it has to be waited for.
        """
        ours = self._hosting.alarms(seen.name, seen.coming)
        if not ours or any(alarm.ringing for alarm in ours):
            return False
        self._hosting.call(
            CLOUDWATCH, "set_alarm_state", f"put the deployment of endpoint {seen.name} back",
            AlarmName=ours[0].name, StateValue="ALARM", StateReason=REASON,
        )  # fmt: skip
        return True
