"""The connected half: two translators over one client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tradewind_tinycloud.errors import classified
from tradewind_tinycloud.info import Settings
from tradewind_tinycloud.sdk import TinyCloud
from tradewind_tinycloud.serve import TinyServer
from tradewind_tinycloud.train import TinyTrainer, all_jobs


class TinyProvider:
    def __init__(self, settings: Settings) -> None:
        self._cloud = TinyCloud.at(settings.address)

    def trainer(self) -> TinyTrainer:
        return TinyTrainer(self._cloud)

    def server(self) -> TinyServer:
        return TinyServer(self._cloud)

    def owned(self, tags: Mapping[str, str]) -> Sequence[tuple[str, str]]:
        with classified("list what carries the tags"):
            labelled = [("job", job["name"], job["labels"]) for job in all_jobs(self._cloud)]
            labelled += [("endpoint", name, labels) for name, labels in self._cloud.list_services()]
        return [(kind, name) for kind, name, labels in labelled if tags.items() <= labels.items()]
