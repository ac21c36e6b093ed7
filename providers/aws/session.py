"""Clients of one account and region, made when first needed. Nothing else in this folder makes one."""

from __future__ import annotations

import threading
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws.errors import classified
from tradewind.spec.clouds.aws import Aws

ATTEMPTS = 8  # of one control-plane call; `standard` backs off with jitter (botocore's own default is 3)
CONNECT, READ = 10, 70  # seconds; a container may answer within 60 (developer guide)
POOL = 32


class Session:
    """Thread-safe. Raises ProviderError `invalid` without a region, `credentials` where nobody is signed in.

    With `aws.endpoint_url` every service is asked there, and none falls back to its public address.
    """

    def __init__(self, settings: Aws | None, region: str = "") -> None:
        import boto3  # the SDK is imported by whoever connects, and not before

        said = settings or Aws()
        with classified("sign in to AWS"):
            self._boto: Any = boto3.session.Session(
                profile_name=said.profile, region_name=said.region or region or None
            )
            signed_in = self._boto.get_credentials() is not None
        if not self._boto.region_name:
            hint = "give `aws.region`, --region or the variable AWS_REGION"
            raise ProviderError("invalid", "no region is known", during="connect to AWS", code="TW061", hint=hint)
        if not signed_in:
            hint = "`aws configure` or `aws sso login`, or the variables AWS_PROFILE or AWS_ACCESS_KEY_ID"
            raise ProviderError("credentials", "no credentials were found", during="sign in to AWS", code="TW101",
                                hint=hint)  # fmt: skip
        self.region: str = self._boto.region_name
        self._url = said.endpoint_url
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, int], Any] = {}

    def client(self, service: str, *, attempts: int = ATTEMPTS) -> Any:
        """`attempts` 1: a call that must never be sent twice (invoke)."""
        from botocore.config import Config

        with self._lock:  # making clients of one boto3 session is not thread-safe
            key = service, attempts
            if key not in self._clients:
                config = Config(
                    retries={"mode": "standard", "total_max_attempts": attempts},
                    connect_timeout=CONNECT,
                    read_timeout=READ,
                    max_pool_connections=POOL,
                )
                self._clients[key] = self._boto.client(service, endpoint_url=self._url, config=config)
            return self._clients[key]

    @property
    def boto(self) -> Any:
        """For what needs the session itself: who is signed in, until when."""
        return self._boto
