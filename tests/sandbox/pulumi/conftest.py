from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.emulator import Emulator
from tests.sandbox.pulumi.talk import Talk
from tradewind.sandbox.pulumi import Attached, serve

REGION = "eu-west-1"


@pytest.fixture(scope="module")
def attached(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attached]:
    """One for a file of tests: each test names its own things."""
    with serve(aws=emulator.url, folder=tmp_path_factory.mktemp("kept")) as there:
        yield there


@pytest.fixture
def aws(attached: Attached) -> Iterator[Talk]:
    talk = Talk(attached.ports["aws"], region=REGION)
    yield talk
    talk.close()


@pytest.fixture
def google(attached: Attached) -> Iterator[Talk]:
    talk = Talk(attached.ports["gcp"], project="acme-project", region="europe-west4")
    yield talk
    talk.close()


@pytest.fixture
def azure(attached: Attached) -> Iterator[Talk]:
    talk = Talk(attached.ports["azure-native"], subscriptionId="11111111-2222-3333-4444-555555555555")
    yield talk
    talk.close()
