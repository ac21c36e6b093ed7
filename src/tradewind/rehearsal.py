"""`sandbox=True` of the Python API: the same function in an emulated account on this machine, as with `--sandbox`.

While it runs, the process's AWS variables lead every client to the emulated account, with keys that are nobody's; afterwards they
are the caller's again. The environment is the whole process's: rehearsals wait for each other, and other threads had better make
no AWS client meanwhile.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from tradewind.cli.context import Cli
from tradewind.cli.emulated import PROXIES
from tradewind.cli.options import Asked
from tradewind.cli.output import Output

if TYPE_CHECKING:
    from tradewind.engine.open import Work

POINTING = ("AWS_", "TRADEWIND_SANDBOX_")
_ONE_AT_A_TIME = threading.RLock()


class _Quiet(Output):
    """A library says nothing on its caller's streams."""

    def say(self, *lines: str) -> None:  # noqa: ARG002 - as it is called
        return


@contextmanager
def account(sandbox: bool) -> Iterator[None]:
    """Within it `rehearsed` may change the environment, which is put back at the end, whatever happens."""
    if not sandbox:
        yield
        return
    with _ONE_AT_A_TIME:
        before = _theirs()
        try:
            yield
        finally:
            for name in _theirs():
                del os.environ[name]
            os.environ.update(before)


def rehearsed(work: Work, provider: str) -> Work:
    """The work in the emulated account of `provider`. Raises RefusedError TW007 where it has none, ProviderError TW009 without
    the extra `sandbox`."""
    made = Cli(Asked(said={"sandbox": True}), _Quiet()).on_provider(work, provider)
    said = ["-f", str(work.file), "--provider", provider]
    if work.environment != "default":
        said += ["--env", work.environment]
    return replace(made, target=(*said, "--sandbox"))


def _theirs() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(POINTING) or name in PROXIES}
