"""The connected half: one session, and what works with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tradewind.providers.aws.ground import ground
from tradewind.providers.aws.owned import Owned
from tradewind.providers.aws.session import Session
from tradewind.providers.aws.train import AwsTrainer
from tradewind.providers.base import Check, Server
from tradewind.spec.clouds.aws import Aws
from tradewind.values import Foundation, Policy, Run, Wanted


class AwsProvider:
    """Raises ProviderError `credentials` where nobody is signed in, `invalid` where no region is known."""

    def __init__(self, settings: Aws | None, foundation: Foundation) -> None:
        self._settings = settings or Aws()
        self._foundation = foundation
        self._session = Session(settings, foundation.region)
        self._ground = ground(foundation, self._session.region)
        self._trainer = AwsTrainer(self._session, self._ground)
        self._server: Server | None = None

    def trainer(self) -> AwsTrainer:
        return self._trainer

    def server(self) -> Server:
        from tradewind.providers.aws.serve import server  # a job needs none of it

        if self._server is None:  # kept, since it remembers what never changes
            self._server = server(self._session, self._ground, self._settings)
        return self._server

    def preflight(self, run: Run | None, want: Wanted | None, policy: Policy | None) -> Sequence[Check]:
        from tradewind.providers.aws.preflight import checks  # asked for by plan and doctor only

        return checks(self._session, self._foundation, self._settings, run, want, policy)

    def owned(self, tags: Mapping[str, str]) -> Sequence[tuple[str, str]]:
        return Owned(self._session).found(tags)
