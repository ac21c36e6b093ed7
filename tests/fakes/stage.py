"""A project on the fake cloud, as a person has it: a folder with a deploy.yaml, and the engine's functions on it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fakes.clock import START, FakeClock
from fakes.provider import FakeCloud, FakeInfo, FakeSettings
from tradewind.engine import apply, plan
from tradewind.engine.clock import Stop
from tradewind.engine.open import LOCK_TIMEOUT, Agreed, Work, open_session
from tradewind.engine.results import DownResult, Plan, UpResult
from tradewind.engine.session import Session
from tradewind.spec.loading import loads
from tradewind.values import Event

SPEC = """
name: churn
provider: fake
train:
  source: training/
  command: python train.py --epochs {epochs}
  framework: sklearn
  parameters: {epochs: 20}
  inputs: {train: data/churn.csv}
  max_runtime: 1h
serve:
  model: train
  handler: serve.py
  replicas: {min: 1, max: 3, target: {concurrency: 8}}
"""


class FastClock:
    """Real time, run faster: for many threads that wait for each other, which a clock that jumps would tear apart."""

    def __init__(self, speed: float = 200) -> None:
        self._speed = speed
        self._began = time.monotonic()

    def now(self) -> datetime:
        return START + timedelta(seconds=(time.monotonic() - self._began) * self._speed)

    def sleep(self, duration: timedelta, stop: Stop | None = None) -> None:
        (stop or Stop()).wait(duration / self._speed)


@dataclass
class Stage:
    """`environ` is what the command sees; `events` all that was reported."""

    root: Path
    text: str = SPEC
    cloud: FakeCloud = field(default_factory=lambda: FakeCloud(FakeClock()))
    info: FakeInfo | None = None
    environ: dict[str, str] = field(default_factory=dict)
    environment: str = "default"
    events: list[Event] = field(default_factory=list)
    stop: Stop = field(default_factory=Stop)

    def __post_init__(self) -> None:
        self.info = self.info or FakeInfo(self.cloud)
        for name, body in {
            "training/train.py": "print('training')\n",
            "data/churn.csv": "a,b\n1,2\n",
            "serve.py": "def predict(model, inputs): return inputs\n",
            "deploy.yaml": self.text,
        }.items():
            self.write(name, body)

    @property
    def clock(self) -> FakeClock:
        assert isinstance(self.cloud.clock, FakeClock)
        return self.cloud.clock

    def write(self, name: str, body: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body)
        return path

    def work(self, *sets: str, **said: Any) -> Work:
        """`said`: fields of Work, as `locked=True`."""
        environment = said.pop("environment", self.environment)
        text = (self.root / "deploy.yaml").read_text()
        named = None if environment == "default" else environment
        spec = loads(text, environment=named, sets=sets, environ=self.environ, blocks={"fake": FakeSettings})
        said.setdefault("info", self.info)
        return Work(spec, self.root / "deploy.yaml", environment, self.environ, **said)

    def session(self, work: Work | None = None, stop: Stop | None = None) -> Session:
        return open_session(
            work or self.work(), report=self.events.append, stop=stop or self.stop, clock=self.cloud.clock
        )

    def plan(self, *sets: str, agreed: Agreed | None = None, **said: Any) -> Plan:
        return plan.make(self.work(*sets, **said), agreed)

    def up(self, *sets: str, agreed: Agreed | None = None, wait: timedelta = LOCK_TIMEOUT, **said: Any) -> UpResult:
        work = self.work(*sets, **said)
        return apply.up(work, self.session(work), agreed, lock_timeout=wait)

    def down(self, agreed: Agreed | None = None, **said: Any) -> DownResult:
        work = self.work()
        return apply.down(self.session(work), agreed, protect=work.spec.protect, work=work, **said)

    def ops(self, *kinds: str) -> list[str]:
        """Writes that the cloud accepted, of these kinds (all of them where none is named)."""
        return [write.op for write in self.cloud.writes if not kinds or write.op in kinds]
