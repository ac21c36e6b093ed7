"""Endpoints seen from outside: hand a wish to the gateway (starting it where it is not there), look, ask."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from tradewind.host import daemon, identity
from tradewind.host.errors import HostError, told
from tradewind.host.files import read_json, remove_folder
from tradewind.host.jobs import checked
from tradewind.host.processes import kill_marked
from tradewind.host.wish import GONE, Figures, FleetSight, Sight, Wish, load_sight, recall_wish

GATEWAY, PORT, WISH, LOGS = "gateway.json", "port.json", "wish.json", "logs"
PATIENCE = 60.0  # seconds for another process that starts the same gateway
ANSWER = 30.0  # seconds for an answer of the control port


@dataclass(frozen=True)
class _Line:
    """How to reach a gateway that lives."""

    port: int
    token: str


class Endpoints:
    """The endpoints below one folder. Safe from many threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def advance(self, wish: Wish, secrets: Mapping[str, Mapping[str, str]]) -> Sight:
        """One step: the gateway lives and has the wish. `secrets` are values by slot, held in its memory only."""
        folder = self._folder / checked(wish.name)
        with told():
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                with FileLock(self._folder / f".{wish.name}.lock", timeout=PATIENCE):
                    return self._handed(folder, wish, secrets)
            except Timeout as error:
                said = f"{wish.name} is being started by another process"
                raise HostError("transient", said, code="TW606") from error

    def observe(self, name: str) -> Sight | None:
        folder = self._folder / checked(name)
        with told():
            line = _line(folder)
            if line is not None:
                try:
                    return load_sight(_ask(line, "GET", "/sight"))
                except ConnectionError:
                    line = None  # it ended just now
            return _remembered(folder)

    def figures(self, name: str, window: float) -> Mapping[str, Figures]:
        with told():
            said = _ask(self._need(name), "GET", f"/figures?window={window}")
            return {slot: Figures(**figures) for slot, figures in said.items()}

    def url(self, name: str) -> str:
        """Of an endpoint whose gateway lives."""
        self._need(name)
        return str((read_json(self._folder / name / GATEWAY) or {})["url"])

    def logs(self, name: str, slot: str) -> Path:
        folder = self._folder / checked(name)
        wish = recall_wish(read_json(folder / WISH))
        if wish is None:
            raise HostError("missing", f"no endpoint {name}", code="TW610", hint="deploy endpoint list")
        logs = folder / LOGS / checked(slot)
        if not logs.is_dir() and all(fleet.slot != slot for fleet in wish.fleets):
            raise HostError("missing", f"{name} has no slot {slot}", code="TW610", hint="deploy endpoint status")
        return logs

    def tagged(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        try:
            names = sorted(entry.name for entry in os.scandir(self._folder) if not entry.name.startswith("."))
        except FileNotFoundError:
            return
        for name in names:
            record = read_json(self._folder / name / WISH)
            if record is not None:
                yield name, record.get("tags", {})

    def _need(self, name: str) -> _Line:
        folder = self._folder / checked(name)
        line = _line(folder)
        if line is not None:
            return line
        if not (folder / WISH).exists():
            raise HostError("missing", f"no endpoint {name}", code="TW610", hint="deploy endpoint list")
        raise HostError("transient", f"the gateway of {name} is not running", code="TW611", hint="deploy up")

    def _handed(self, folder: Path, wish: Wish, secrets: Mapping[str, Mapping[str, str]]) -> Sight:
        line = _line(folder)
        if line is not None:
            try:
                return load_sight(_ask(line, "POST", "/wish", {"wish": asdict(wish), "secrets": secrets}))
            except ConnectionError:
                pass  # it ended just now: as if it had not been there
        if not wish.fleets:
            return _cleared(folder)
        lacking = {name for f in wish.fleets for name in f.secrets if name not in secrets.get(f.slot, {})}
        refuse_missing(lacking)
        folder.mkdir(exist_ok=True)
        daemon.start("tradewind.host.gateway", folder, {"wish": asdict(wish), "secrets": secrets})
        try:
            return load_sight(_ask(_expect(folder), "GET", "/sight"))
        except ConnectionError as error:  # the one before is on its way out
            raise HostError("transient", f"the gateway of {wish.name} is just ending", code="TW606") from error


def refuse_missing(names: set[str]) -> None:
    if names:
        said = f"not set in the environment: {', '.join(sorted(names))}"
        raise HostError("invalid", said, code="TW603", hint="export it in the shell that runs the command")


def _cleared(folder: Path) -> Sight:
    """No gateway and nothing wished: what a killed one left behind goes."""
    if folder.exists():
        kill_marked(str(folder))
        remove_folder(folder)
    return GONE


def _line(folder: Path) -> _Line | None:
    record = read_json(folder / GATEWAY)
    if record is None or not identity.alive(identity.of_record(record)):
        return None
    return _Line(int(record["control"]), str(record["token"]))


def _expect(folder: Path) -> _Line:
    line = _line(folder)
    if line is None:
        raise HostError("transient", "the gateway ended at once", code="TW606", hint=f"see {folder / daemon.LOG}")
    return line


def _remembered(folder: Path) -> Sight | None:
    """The last wish of an endpoint whose gateway does not live."""
    wish = recall_wish(read_json(folder / WISH))
    if wish is None or not wish.fleets:
        return None
    port = (read_json(folder / PORT) or {}).get("port")
    gateway = identity.of_record(read_json(folder / GATEWAY))
    rebooted = gateway is not None and gateway.boot != identity.boot()
    reason = "this machine was restarted" if rebooted else "its gateway was stopped or killed"
    fleets = tuple(
        FleetSight(
            f.slot, f.digest, ready=False, failed=False, min=f.min, max=f.max, now=0, word="stopped", reason=reason
        )
        for f in wish.fleets
    )
    url = f"http://127.0.0.1:{port}/" if port else None
    return Sight(
        "moving", fleets, wish.traffic, wish.mirror, url, running=False, reason=f"stopped: {reason}", tags=wish.tags
    )


def _ask(line: _Line, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """ConnectionError where nobody answers any more."""
    connection = http.client.HTTPConnection("127.0.0.1", line.port, timeout=ANSWER)
    try:
        data = None if body is None else json.dumps(body)
        connection.request(method, path, body=data, headers={"X-Tradewind-Token": line.token})
        answer = connection.getresponse()
        said = json.loads(answer.read() or b"{}")
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
    except TimeoutError as error:
        raise HostError("transient", f"the gateway gave no answer for {ANSWER:g} s", code="TW612") from error
    except ValueError as error:
        raise HostError("failed", f"the gateway's answer cannot be read: {error}", code="TW612") from error
    finally:
        connection.close()
    return _judged(answer.status, said)


def _judged(status: int, said: dict[str, Any]) -> dict[str, Any]:
    if status == 200:
        return said
    if "missing" in said:
        refuse_missing(set(said["missing"]))
    if "refused" in said:
        raise daemon.refusal(said["refused"])
    raise HostError("failed", f"the gateway answered {status}: {said}", code="TW612")
