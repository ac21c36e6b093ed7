"""The emulated account's other services, through their own wire: what a training instance would call."""

from __future__ import annotations

import threading
from typing import Any

import boto3
from botocore.config import Config

ACCOUNT = "123456789012"  # moto's
PRINCIPAL = "sagemaker.amazonaws.com"
# The emulator believes any. The second is hidden in what is shown, as a secret is, so it is no word of a path.
KEYS = {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox-believes-any"}
CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=32,
    s3={"addressing_style": "path"},
    proxies={},
)


class Account:
    """Clients of the emulator at `url`. Thread-safe."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str) -> Any:
        with self._lock:
            key = service, region
            if key not in self._clients:
                self._clients[key] = boto3.session.Session().client(
                    service,
                    region_name=region,
                    endpoint_url=self.url,
                    aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
                    aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
                    config=CONFIG,
                )
            return self._clients[key]
