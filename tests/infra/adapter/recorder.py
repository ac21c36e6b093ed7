"""Records what the real `pulumi` says, for fake_pulumi.py: `python -m tests.infra.adapter.recorder` writes recorded/*.jsonl anew.

Without names, paths and ports of the machine. Only loopback is reached.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import re
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pulumi.automation import CommandResult
from pulumi.automation import _stack as sdk
from pulumi.automation.errors import CommandError

from tests.infra.adapter import programs
from tests.infra.adapter.fake_pulumi import key
from tests.infra.engine import leftovers
from tradewind.errors import TradewindError
from tradewind.infra.adapter.command import Watched
from tradewind.infra.adapter.errors import printed
from tradewind.infra.adapter.stack import Ground
from tradewind.infra.adapter.workspace import Place
from tradewind.sandbox.pulumi import serve

HERE = Path(__file__).parent / "recorded"
NOWHERE = "http://127.0.0.1:9"  # nothing listens there
ROOT = Path(__file__).parents[3]
LOCK = {"pid": 4711, "username": "ann", "hostname": "build-7", "timestamp": "2026-11-25T09:30:00.123456789Z"}
_DROPPED = ("sourcePosition", "stackTrace", "stackTraceHandle")


def main() -> None:
    for name, case in (("whole", _whole), ("refused", _refused), ("locked", _locked), ("passphrase", _passphrase),
                       ("plugin", _plugin), ("fallen", _fallen)):  # fmt: skip
        with tempfile.TemporaryDirectory() as folder, _environment(Path(folder)), _recording(Path(folder)) as rows:
            case(Path(folder))
            leftovers.end()
        (HERE / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def _ground(folder: Path, program: Callable[[], None], **more: Any) -> Ground:
    (folder / "state").mkdir(exist_ok=True)
    return Ground.open(Place("dev", program=program, backend=(folder / "state").as_uri(), **more))


def _whole(folder: Path) -> None:
    ground = _ground(folder, programs.plain)
    ground.preview()
    ground.up()
    ground.outputs()
    ground.standing()
    ground.drift()
    ground.refresh()
    ground.cancel()
    ground.destroy()


def _refused(folder: Path) -> None:
    with serve(aws=None, gcp=True, azure=False, folder=folder / "kept") as attached:
        attached.fail(
            "gcp:storage/bucket:Bucket",
            "googleapi: Error 409: Your previous request to create the named bucket succeeded",
        )
        with contextlib.suppress(TradewindError):
            _ground(folder, programs.bucket, environ=attached.environ, config={"gcp:project": "acme"}).up()


def _locked(folder: Path) -> None:
    _ground(folder, programs.plain).up()
    there = folder / "state/.pulumi/locks/organization/tradewind/dev"
    there.mkdir(parents=True, exist_ok=True)
    (there / "1f0c.json").write_text(json.dumps(LOCK))
    with contextlib.suppress(TradewindError):
        _ground(folder, programs.plain).up()


def _passphrase(folder: Path) -> None:
    _ground(folder, programs.plain).up()
    with contextlib.suppress(TradewindError):
        _ground(folder, programs.plain, environ={"PULUMI_CONFIG_PASSPHRASE": "another"}).up()


def _plugin(folder: Path) -> None:
    with contextlib.suppress(TradewindError):
        _ground(folder, programs.bucket, config={"gcp:project": "acme"}).up()


def _fallen(folder: Path) -> None:
    with contextlib.suppress(TradewindError):
        _ground(folder, programs.failing).preview()


@contextlib.contextmanager
def _environment(folder: Path) -> Iterator[None]:
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("PULUMI_")]:
        del os.environ[name]
    os.environ.update(TRADEWIND_HOME=str(folder / "home"), PULUMI_HOME=str(folder / "pulumi"))
    os.environ.update(HTTPS_PROXY=NOWHERE, HTTP_PROXY=NOWHERE, NO_PROXY="127.0.0.1,localhost")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _recording(folder: Path) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    run, read = Watched.run, sdk.EngineEvent.from_json

    def recorded(self: Watched, args: list[str], *rest: Any, **more: Any) -> CommandResult:
        events.clear()
        row: dict[str, Any] = {"key": key(args), "code": 0, "stdout": "", "stderr": ""}
        rows.append(row)
        try:
            done = run(self, args, *rest, **more)
            row.update(stdout=_clean(done.stdout, folder), stderr=_clean(done.stderr, folder))
            return done
        except CommandError as error:
            out, err = printed(error)
            row.update(code=255, stdout=_clean(out, folder), stderr=_clean(err, folder))
            raise
        finally:
            if events:
                row["events"] = [_clean(json.dumps(_plain(it)), folder) for it in events]

    def heard(data: dict[str, Any]) -> Any:
        events.append(data)
        return read(data)

    Watched.run, sdk.EngineEvent.from_json = recorded, heard  # type: ignore[method-assign,assignment]
    try:
        yield rows
    finally:
        Watched.run, sdk.EngineEvent.from_json = run, read  # type: ignore[method-assign]


def _plain(it: Any) -> Any:
    if isinstance(it, Mapping):
        return {name: _plain(value) for name, value in it.items() if name not in _DROPPED}
    return [_plain(value) for value in it] if isinstance(it, list) else it


def _clean(text: str, folder: Path) -> str:
    for path, name in ((folder, "/recorded"), (ROOT.resolve(), "/tradewind"), (Path(sys.prefix), "/python"),
                       (Path(sys.base_prefix), "/python"), (Path.home(), "/home/ann")):  # fmt: skip
        text = text.replace(str(path), name)
    text = re.sub(r'project:///[^"#\\]*', "project:///program.py", text)
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", text)
    text = re.sub(r"(?:/[\w.+-]+)+/bin/pulumi(?=\b)", "/usr/bin/pulumi", text)
    return re.sub(rf"\b{re.escape(getpass.getuser())}@{re.escape(socket.gethostname())}\b", "ann@build-7", text)


if __name__ == "__main__":
    main()
