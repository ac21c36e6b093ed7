"""What an alarm does when its state changes: a message to the SNS topics that it names."""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from tradewind.sandbox.aws.account import ACCOUNT, Account
from tradewind.sandbox.aws.monitoring.alarms import Alarm, Alarms

log = logging.getLogger("tradewind.sandbox.aws")

KINDS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}


class Actions:
    """Others than SNS topics (scaling policies) look at the alarm's state themselves."""

    def __init__(self, account: Account, alarms: Alarms) -> None:
        self._account = account
        self._alarms = alarms
        self._pool = ThreadPoolExecutor(
            1, thread_name_prefix="alarm-actions"
        )  # the topics' order is that of the changes

    def moved(self, before: Alarm, after: Alarm) -> None:
        if after.request.get("ActionsEnabled", True):
            for arn in after.request.get(KINDS[after.state]) or ():
                if arn.split(":")[2] == "sns":
                    self._pool.submit(self._publish, arn, before, after)

    def _publish(self, arn: str, before: Alarm, after: Alarm) -> None:
        subject = f'{after.state}: "{after.name}" in {after.region}'
        try:
            self._account.client("sns", arn.split(":")[3]).publish(
                TopicArn=arn, Subject=subject[:100], Message=json.dumps(_message(before, after))
            )
        except (ClientError, BotoCoreError) as error:
            told = f"Failed to execute action {arn}. Received error: {error}"
        else:
            told = f"Successfully executed action {arn}"
        self._alarms.change(after.region, after.name, lambda alarm: alarm.noted(time.time(), "Action", told, "{}"))


def _message(before: Alarm, after: Alarm) -> dict[str, object]:
    moment = datetime.fromtimestamp(after.updated, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    return {
        "AlarmName": after.name,
        "AlarmDescription": after.request.get("AlarmDescription"),
        "AWSAccountId": ACCOUNT,
        "NewStateValue": after.state,
        "NewStateReason": after.reason,
        "StateChangeTime": moment,
        "Region": after.region,
        "AlarmArn": after.arn,
        "OldStateValue": before.state,
        "Trigger": after.request,
    }
