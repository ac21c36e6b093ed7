"""Data capture: a sample of requests and answers as JSON Lines below DataCaptureConfig's address. Format: the guide's
"Capture data from real-time endpoint"."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import random
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tradewind.sandbox.aws import transfer
from tradewind.sandbox.aws.account import Account

log = logging.getLogger("tradewind.sandbox.aws")

PAUSE = 1.0  # seconds between two writings
FULL = 100  # percent
Said = Mapping[str, Any]


@dataclass(frozen=True)
class Exchange:
    """One request and its answer: bodies, and the kinds that their headers name."""

    body: bytes
    kind: str
    answer: bytes
    answer_kind: str
    inference: str | None


class Capture:
    """`take` from the loop, for every request; files are written a little later. Thread-safe."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, str], list[str]] = {}  # region, folder -> lines
        self._keys: dict[tuple[str, str], str] = {}

    def take(self, region: str, endpoint: str, variant: str, said: Said, one: Exchange) -> None:
        """`said` is the DataCaptureConfig; an empty one captures nothing."""
        if not said or not said.get("EnableCapture", True):
            return
        if random.random() * FULL >= said["InitialSamplingPercentage"]:
            return
        now = datetime.now(UTC)
        folder = f"{said['DestinationS3Uri'].rstrip('/')}/{endpoint}/{variant}/{now:%Y/%m/%d/%H}"
        with self._lock:
            self._keys[region, folder] = str(said.get("KmsKeyId") or "")
            self._waiting.setdefault((region, folder), []).append(json.dumps(_line(said, one, now)))

    def flush(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for (region, folder), lines in waiting.items():
            where = transfer.place(f"{folder}/{datetime.now(UTC):%M-%S-%f}-{uuid.uuid4()}.jsonl")
            extra = transfer.encryption(self._keys[region, folder])
            body = "".join(f"{line}\n" for line in lines).encode()
            try:
                self._account.client("s3", region).put_object(Bucket=where.bucket, Key=where.prefix, Body=body, **extra)
            except (ClientError, BotoCoreError):
                log.exception("captured data of %s are lost", folder)

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(PAUSE)
            await asyncio.to_thread(self.flush)


def described(said: Said) -> dict[str, Any]:
    """A DataCaptureConfigSummary."""
    on = bool(said.get("EnableCapture", True))
    return {
        "EnableCapture": on,
        "CaptureStatus": "Started" if on else "Stopped",
        "CurrentSamplingPercentage": said["InitialSamplingPercentage"],
        "DestinationS3Uri": said["DestinationS3Uri"],
        "KmsKeyId": said.get("KmsKeyId") or "",
    }


def _line(said: Said, one: Exchange, now: datetime) -> dict[str, Any]:
    modes = {option["CaptureMode"] for option in said["CaptureOptions"]}
    kinds = said.get("CaptureContentTypeHeader") or {}
    data: dict[str, Any] = {}
    if modes & {"Input", "InputAndOutput"}:
        data["endpointInput"] = {"mode": "INPUT", **_encoded(one.body, one.kind, kinds)}
    if modes & {"Output", "InputAndOutput"}:
        data["endpointOutput"] = {"mode": "OUTPUT", **_encoded(one.answer, one.answer_kind, kinds)}
    event = {"eventId": str(uuid.uuid4()), "inferenceTime": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    if one.inference:
        event["inferenceId"] = one.inference
    return {"captureData": data, "eventMetadata": event, "eventVersion": "0"}


def _encoded(body: bytes, kind: str, kinds: Said) -> dict[str, str]:
    """As text where the configuration names the kind, else in base64."""
    bare = kind.partition(";")[0].strip()
    for name, encoding in (("CsvContentTypes", "CSV"), ("JsonContentTypes", "JSON")):
        if bare in (kinds.get(name) or ()):
            return {"observedContentType": kind, "data": body.decode("utf-8", "replace"), "encoding": encoding}
    return {"observedContentType": kind, "data": base64.b64encode(body).decode(), "encoding": "BASE64"}
