"""botocore reads each service's description once for all tests of this folder, not once for each session."""

from __future__ import annotations

from collections.abc import Iterator

import botocore.session
import pytest


@pytest.fixture(scope="package", autouse=True)
def one_loader() -> Iterator[None]:
    shared = botocore.session.create_loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", lambda _paths=None: shared)
        yield
