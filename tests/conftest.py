"""Guards for every test: no real cloud, no real home, no address but loopback (pytest-socket, see pyproject)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Fake on purpose: whatever escapes loopback would fail to authenticate as well.
FAKE_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "GOOGLE_APPLICATION_CREDENTIALS": "/dev/null",
    "NO_GCE_CHECK": "true",
    "NO_PROXY": "127.0.0.1,localhost,::1",
}


# Modules that wait for an emulated cloud for a minute or more in all: `make test-long`.
LONG = frozenset(
    {
        "providers/aws/test_actions_of_verbs.py",
        "providers/aws/test_conformance_jobs.py",
        "providers/aws/test_conformance_serve.py",
        "providers/aws/test_serve_emulated.py",
        "sandbox/test_alarms.py",
        "sandbox/test_controls.py",
        "sandbox/test_hosting_life.py",
        "sandbox/test_hosting_updates.py",
        "sandbox/test_kept.py",
        "sandbox/test_running.py",
        "sandbox/test_strangers_hosting.py",
        "sandbox/test_strangers_rollouts.py",
        "sandbox/test_warm_pools.py",
    }
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and item.path.relative_to(here).as_posix() in LONG:
            item.add_marker(pytest.mark.long)


@pytest.fixture(autouse=True)
def guarded_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state folder of the test's own, fake credentials, and no variable of ours or a cloud's leaking in.

    A sandbox that was started in that folder ends with the test.
    """
    for name in list(os.environ):
        if name.startswith(("TRADEWIND_", "AWS_", "AZURE_", "GOOGLE_", "CLOUDSDK_", "SM_", "AIP_", "TW_")):
            monkeypatch.delenv(name)
    for name, value in FAKE_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    # `deploy` of this environment, however pytest itself was started
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("TRADEWIND_HOME", str(home))
    yield home
    if (sandbox := home / "sandbox" / "aws").exists():
        from tradewind.sandbox import running

        running.stop(sandbox)
