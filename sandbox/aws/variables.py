"""The environment that leads an SDK to an emulated account, and away from the user's own one."""

from __future__ import annotations

import os
from collections.abc import Mapping

from tradewind.sandbox.aws.account import KEYS

EVERYWHERE = "AWS_ENDPOINT_URL"
IGNORE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
# No file of the user's is read (a profile there may name another address, or turn addresses off), and no instance is asked.
APART = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
# What would bring the user's own keys, profile or pace back in, for a shell that goes on with its other variables.
IN_THE_WAY = (
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CREDENTIAL_EXPIRATION", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT",
    IGNORE,
)  # fmt: skip


def pointed(url: str, region: str, environ: Mapping[str, str]) -> dict[str, str]:
    """What to set, so that every client goes to `url` with keys that are nobody's."""
    return {
        EVERYWHERE: url,
        **KEYS,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        **APART,
        **past_proxies(environ),
    }


def addresses(environ: Mapping[str, str]) -> dict[str, str]:
    """Addresses that were set for all services or for one; none where the SDK was told not to heed them."""
    if environ.get(IGNORE, "").lower() == "true":
        return {}
    return {name: value for name, value in environ.items() if name.startswith(EVERYWHERE) and value}


def past_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """NO_PROXY in both spellings, with this machine in it: no proxy stands between us and ourselves."""
    said = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    hosts = dict.fromkeys((*(host.strip() for host in said.split(",") if host.strip()), "127.0.0.1", "localhost"))
    return dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(hosts))
