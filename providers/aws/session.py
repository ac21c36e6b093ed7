"""Clients of one account and region, made when first needed. Nothing else in this folder makes one."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws.errors import ask, classified
from tradewind.spec.clouds.aws import Aws

ATTEMPTS = 8  # of one control-plane call; `standard` backs off with jitter (botocore's own default is 3)
CONNECT, READ = 10, 30  # seconds
ANSWER = 70  # ... of a container, which may take 60 (developer guide)
POOL = 32


class Session:
    """Thread-safe. Raises ProviderError `invalid` without a region, `credentials` where nobody is signed in, `missing`
    without the SDK.

    With `aws.endpoint_url` every service is asked there, and none falls back to its public address. With `aws.account` the
    first client is handed out once it is known that this is the account (`permission` where it is another one).
    """

    def __init__(self, settings: Aws | None, region: str = "") -> None:
        boto3, botocore = _sdk()
        said = settings or Aws()
        core = botocore.session.Session()
        with classified(
            "sign in to AWS"
        ):  # a profile that AWS_PROFILE names and nobody made is refused at the first question
            core.register_component("data_loader", _models(core.get_config_variable("data_path")))
            self._boto: Any = boto3.session.Session(
                botocore_session=core, profile_name=said.profile, region_name=said.region or region or None
            )
            signed_in = self._boto.get_credentials() is not None
            configured = core.get_config_variable("max_attempts")  # AWS_MAX_ATTEMPTS, or the profile's
        if not self._boto.region_name:
            hint = "give `aws.region`, --region or the variable AWS_DEFAULT_REGION"
            raise ProviderError("invalid", "no region is known", during="connect to AWS", code="TW061", hint=hint)
        if not signed_in:
            hint = "`aws configure` or `aws sso login`, or the variables AWS_PROFILE or AWS_ACCESS_KEY_ID"
            raise ProviderError("credentials", "no credentials were found", during="sign in to AWS", code="TW101",
                                hint=hint)  # fmt: skip
        self.region: str = self._boto.region_name
        self._url = said.endpoint_url
        self._attempts: int = configured or ATTEMPTS
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, int, str], Any] = {}
        self._unproved = said.account or ""  # the account that is still to be checked
        self._proof = threading.Lock()

    def client(self, service: str, *, attempts: int | None = None, group: str = "") -> Any:
        """`attempts` 1: a call that must never be sent twice (invoke). Who signs in may lower or raise the usual ones.

        A client's retries draw on one bucket of tokens (500; 5 for one that was throttled): calls of another `group` have
        their own, so that a busy one does not starve the rest.
        """
        if service != "sts":
            self._prove()
        return self._client(service, attempts or self._attempts, group)

    @property
    def boto(self) -> Any:
        """For what needs the session itself: who is signed in, until when."""
        return self._boto

    def _client(self, service: str, attempts: int, group: str) -> Any:
        from botocore.config import Config

        with self._lock:  # making clients of one boto3 session is not thread-safe
            key = service, attempts, group
            if key not in self._clients:
                config = Config(
                    retries={"mode": "standard", "total_max_attempts": attempts},
                    connect_timeout=CONNECT,
                    read_timeout=ANSWER if service == "sagemaker-runtime" else READ,
                    max_pool_connections=POOL,
                )
                self._clients[key] = self._boto.client(service, endpoint_url=self._url, config=config)
            return self._clients[key]

    def _prove(self) -> None:
        if not self._unproved:
            return
        with self._proof:
            wanted, during = self._unproved, "see whose account this is"
            if not wanted:
                return
            sts = self._client("sts", self._attempts, "")
            found = ask(during, sts.get_caller_identity, "Account")["Account"]
            if found != wanted:
                said = f"these credentials belong to account {found}, and `aws.account` is {wanted}: nothing was done"
                hint = "sign in to the other account (`aws.profile`, AWS_PROFILE), or correct `aws.account`"
                raise ProviderError("permission", said, during=during, code="TW111", hint=hint)
            self._unproved = ""


@cache
def _models(path: str | None) -> Any:
    """The services' models: read once for all sessions of a process (0.2 s for SageMaker's)."""
    from botocore.loaders import create_loader

    return create_loader(path)


def _sdk() -> tuple[Any, Any]:
    """boto3 and botocore: imported by whoever connects, and not before."""
    try:
        import boto3
        import botocore.session
    except ModuleNotFoundError as error:
        said, hint = f"{error.name} is not installed", "pip install 'tradewind[aws]'"
        raise ProviderError("missing", said, during="connect to AWS", code="TW064", hint=hint) from error
    return boto3, botocore
