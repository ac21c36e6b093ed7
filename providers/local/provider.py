"""The connected half: nothing to sign in to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tradewind.host.endpoints import Endpoints
from tradewind.host.jobs import Jobs
from tradewind.providers.local.errors import during
from tradewind.providers.local.paths import Paths
from tradewind.providers.local.serve import LocalServer
from tradewind.providers.local.train import LocalTrainer


class LocalProvider:
    def __init__(self, paths: Paths, port: int | None = None) -> None:
        self._paths = paths
        self._trainer = LocalTrainer(paths)
        self._server = LocalServer(paths, port)

    def trainer(self) -> LocalTrainer:
        return self._trainer

    def server(self) -> LocalServer:
        return self._server

    def owned(self, tags: Mapping[str, str]) -> Sequence[tuple[str, str]]:
        with during("listing what is owned"):
            found = [("job", name, has) for name, has in Jobs(self._paths.jobs).tagged()]
            found += [("endpoint", name, has) for name, has in Endpoints(self._paths.endpoints).tagged()]
        return tuple((kind, name) for kind, name, has in found if tags.items() <= has.items())
