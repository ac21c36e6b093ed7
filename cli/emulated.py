"""`--sandbox`: leads this process to the emulated account of its provider, and away from the user's own one.

From `enter` on no key, profile or token of the user is in reach: what goes to the emulator is signed by nobody, and a call that
went to the real cloud all the same would be refused there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from tradewind.cli.output import Output

if TYPE_CHECKING:
    from tradewind.spec.clouds.aws import Aws
    from tradewind.values import Foundation

AWS = "tradewind.sandbox.aws.daemon"
SPEED = 60.0  # what durations of states are divided by, unless said otherwise
SOONEST = 2.0  # seconds until a figure is surely there
NOT_INSTALLED = "TW009"
REAL_CLOUD = "TW010"
INSTALL = "pip install 'tradewind[sandbox]'"
PUBLIC = ("amazonaws.com", "amazonaws.com.cn", "api.aws")
PROXIES = ("NO_PROXY", "no_proxy")
PROLOGUE = """import os

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update({variables})

"""


def folder() -> Path:
    from tradewind.home import home

    return home() / "sandbox" / "aws"


def enter(out: Output, settings: Aws) -> tuple[str, Foundation]:
    """Start it where it does not run, and point every client of this process at it: its address, and the ground there.

    An address that was given, in the `aws:` block or by AWS_ENDPOINT_URL..., wins: then that account is worked in.
    """
    with told():
        from tradewind.sandbox.aws import variables

        given = variables.addresses(os.environ)
        everywhere = (settings.endpoint_url or given.get(variables.EVERYWHERE, "")).rstrip("/")
        for address in (everywhere, *given.values()):
            _refuse_public(address)
        url = everywhere if everywhere and not _is_ours(everywhere) else _started(out)
        region = settings.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
        return url, _stand(out, url, region, {n: v for n, v in given.items() if n != variables.EVERYWHERE})


def start(speed: float | None = None) -> tuple[str, bool]:
    """The address, and whether it was started now. A pace that is said holds from now on, also for one that ran."""
    import tradewind
    from tradewind.sandbox import running

    with told():
        found, began = running.start(AWS, folder(), speed=speed or SPEED, version=tradewind.__version__)
        if speed is not None and not began:
            running.set_pace(found.url, speed)
        return found.url, began


def shell(command: str) -> str:
    """The command with the emulated account's keys, and with no token of the shell's."""
    from tradewind.sandbox.aws.account import KEYS

    keys = {**KEYS, "AWS_SESSION_TOKEN": "", "no_proxy": "127.0.0.1"}
    return f"(export {' '.join(f'{name}={value}' for name, value in keys.items())}; {command})"


def program(python: str) -> str:
    """The program with the emulated account's keys, and with nothing of the user's AWS environment."""
    from tradewind.sandbox.aws import variables
    from tradewind.sandbox.aws.account import KEYS

    return PROLOGUE.format(variables={**KEYS, **variables.APART, "no_proxy": "127.0.0.1"}) + python


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong on this machine, as an error of ours."""
    from tradewind.errors import ProviderError
    from tradewind.host.errors import HostError

    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("tradewind"):
            raise
        raise ProviderError("missing", f"{error.name} is not installed", during="start the sandbox",
                            code=NOT_INSTALLED, hint=INSTALL) from error  # fmt: skip
    except HostError as error:
        raise ProviderError(
            error.kind, error.said, during="run the sandbox", code=error.code, hint=error.hint
        ) from error


def _is_ours(address: str) -> bool:
    """Also where it does not run now: a shell may have been pointed at it before."""
    from tradewind.sandbox import running

    return address == running.last_address(folder())


def _refuse_public(address: str) -> None:
    host = urlsplit(address).hostname or ""
    if any(host == name or host.endswith(f".{name}") for name in PUBLIC):
        from tradewind.errors import RefusedError

        raise RefusedError(
            f"--sandbox works in an emulated account, and {address} is AWS itself",
            code=REAL_CLOUD,
            hint="Leave out --sandbox, or the address (aws.endpoint_url, AWS_ENDPOINT_URL...).",
        )


def _started(out: Output) -> str:
    url, began = start()
    if began:
        out.say(f"sandbox: an emulated AWS account answers at {url} from now on; `deploy sandbox stop` ends it.")
    return url


def _stand(out: Output, url: str, region: str, services: Mapping[str, str]) -> Foundation:
    from tradewind.sandbox.aws import furnish, variables
    from tradewind.values import Foundation

    region = region or furnish.HOME_REGION
    ours = not services and _is_ours(url)
    _point({**variables.pointed(url, region, os.environ), **services, **(_figures(url) if ours else {})})
    if not ours:
        _furnish_elsewhere(out, url, region)
    elif region != furnish.HOME_REGION:  # that one is furnished from the start
        _must_be_a_region(region)
        furnish.furnish(url, region)
    return Foundation(
        f"s3://{furnish.bucket(region)}", region, {"runtime_role": furnish.ROLE_ARN}, "the emulated account"
    )


def _figures(url: str) -> dict[str, str]:
    """Our own emulator's metrics are as much sooner there as everything is faster; at least it takes a whole second or two."""
    from tradewind.providers.aws.names import REHEARSED, TRAITS
    from tradewind.sandbox import running

    lag = max(TRAITS.metrics_lag.total_seconds() / running.pace(url), SOONEST)
    return {REHEARSED: f"{lag:g} {url}"}


def _must_be_a_region(region: str) -> None:
    """The emulated account would stand anywhere, but not for long: parts of it know AWS's own regions only."""
    from difflib import get_close_matches

    import boto3

    from tradewind.errors import Problem, SpecError

    aws = boto3.session.Session()
    known = [name for part in aws.get_available_partitions() for name in aws.get_available_regions("sagemaker", part)]
    if region not in known:
        near = next(iter(get_close_matches(region, known, 1)), "")
        raise SpecError([Problem("region", "SageMaker is in no such region", value=region, suggestion=near)])


def _furnish_elsewhere(out: Output, url: str, region: str) -> None:
    """An account that somebody else emulates may lack IAM, and then checks no role either."""
    from botocore.exceptions import BotoCoreError, ClientError

    from tradewind.errors import ProviderError
    from tradewind.sandbox.aws import furnish

    clients = _Clients()
    try:
        furnish.make_bucket(clients, region)
    except (ClientError, BotoCoreError) as error:
        raise ProviderError("failed", str(error), during=f"make a bucket in the account at {url}", code="TW402",
                            hint="See that the emulator at that address runs and has S3.") from error  # fmt: skip
    try:
        furnish.make_role(clients, region)
    except (ClientError, BotoCoreError) as error:
        out.say(
            f"sandbox: no role could be made in the account at {url}, {furnish.ROLE_ARN} is named all the same: {error}"
        )


class _Clients:
    """By this process's environment, which was pointed."""

    def client(self, service: str, region: str) -> Any:
        import boto3
        from botocore.config import Config

        patience = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 2})
        return boto3.session.Session().client(service, region_name=region, config=patience)


def _point(wanted: Mapping[str, str]) -> None:
    """All AWS_ variables of this process are `wanted`'s, until the command is over."""
    before = {name: value for name, value in os.environ.items() if name.startswith("AWS_") or name in PROXIES}
    for name in before:
        del os.environ[name]
    os.environ.update(wanted)
    context = click.get_current_context(silent=True)
    if context is not None:
        context.find_root().call_on_close(_restoring(before, set(wanted)))


def _restoring(before: Mapping[str, str], made: set[str]) -> Callable[[], None]:
    def restore() -> None:
        for name in made:
            os.environ.pop(name, None)
        os.environ.update(before)

    return restore
