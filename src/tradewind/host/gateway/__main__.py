"""`python -m tradewind.host.gateway FOLDER`: the daemon of one endpoint, whatever becomes of the command that asked for it."""

from __future__ import annotations

import asyncio
import errno
import json
import secrets
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tradewind.host import daemon, identity, ports
from tradewind.host.errors import HostError
from tradewind.host.files import read_json, remove_folder, write_json, write_whole
from tradewind.host.gateway.control import application
from tradewind.host.gateway.desk import Desk
from tradewind.host.gateway.front import Front
from tradewind.host.processes import kill_marked
from tradewind.host.wish import Wish, dump, load_wish

GATEWAY, PORT, WISH = "gateway.json", "port.json", "wish.json"
BACKLOG = 1024
FOLDER_LOOK = 2.0  # seconds between two looks whether the folder is still ours
KEPT_OPEN = 1.5  # seconds an idle connection to a replica is kept: shorter than any server's own patience
LAST_REQUESTS = 5.0  # seconds for answers that are being written when we end


def listen(folder: Path, wanted: int | None) -> socket.socket:
    """The recorded port, so that the URL stays; a new endpoint gets `wanted`, else any."""
    recorded = (read_json(folder / PORT) or {}).get("port")
    port = recorded or wanted
    try:
        listener = ports.listen(port, daemon.LAST_BREATH) if port else ports.listen_anywhere()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        raise HostError(
            "conflict" if taken else "invalid",
            f"port {port} of 127.0.0.1 is taken by another program" if taken else f"port {port}: {error.strerror}",
            code="TW605",
            hint="stop that program and run the same command again; or take the endpoint down to get a new URL",
        ) from error
    write_json(folder / PORT, {"port": listener.getsockname()[1]})
    return listener


async def serve(folder: Path, heard: dict[str, Any]) -> None:
    wish = load_wish(heard["wish"])
    listener = listen(folder, wish.port)
    inner = socket.create_server(("127.0.0.1", 0))
    token = secrets.token_urlsafe(24)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    forwards = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_OPEN)
    # A connection that a replica closes after it was asked how it is must not be one that a request is sent on.
    asks = aiohttp.TCPConnector(limit=0, force_close=True)
    async with _client(forwards) as client, _client(asks) as health:
        desk = Desk(folder, url, health, lambda accepted: keep(folder, accepted))
        front = web.Server(Front(desk, client).handle, handler_cancellation=True, access_log=None)
        runners = (web.ServerRunner(front), web.AppRunner(application(desk, token), access_log=None))
        for runner, sock in zip(runners, (listener, inner), strict=True):
            await runner.setup()
            await web.SockSite(runner, sock, backlog=BACKLOG, shutdown_timeout=LAST_REQUESTS).start()
        desk.accept(wish, heard["secrets"])
        record = {**identity.me().record(), "control": inner.getsockname()[1], "token": token, "url": url}
        write_json(folder / GATEWAY, record, private=True)
        daemon.greet("started")
        await until_end(desk, folder, record)
        await desk.end()
        kill_marked(str(folder))  # an installer at work, whose thread would keep us waiting
        for runner in runners:
            await runner.cleanup()
    if desk.gone.is_set():
        remove_folder(folder)


def _client(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    )


def keep(folder: Path, wish: Wish) -> None:
    write_whole(folder / WISH, dump(wish))


async def forgotten(folder: Path, record: Mapping[str, Any]) -> None:
    """Until somebody removed our folder, or another lives in it: nobody can reach us any more. Spoilt, our record is renewed."""
    while (folder / GATEWAY).exists():
        there = read_json(folder / GATEWAY)
        if there != record:
            if identity.alive(identity.of_record(there)):
                return
            try:
                write_json(folder / GATEWAY, record, private=True)
            except OSError as error:  # a full disk, or the folder went just now
                print(f"no new {GATEWAY}: {error}", file=sys.stderr, flush=True)  # noqa: T201 - the daemon's log
        await asyncio.sleep(FOLDER_LOOK)


async def until_end(desk: Desk, folder: Path, record: Mapping[str, Any]) -> None:
    """A wish for nothing, SIGTERM (the machine goes down), or a state folder that was deleted."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    work = asyncio.create_task(desk.run())
    ends: tuple[asyncio.Task[Any], ...] = (
        work,
        asyncio.create_task(asked.wait()),
        asyncio.create_task(forgotten(folder, record)),
    )
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for task in ends:
        task.cancel()
    if work.done() and not work.cancelled():
        work.result()


def main() -> int:
    folder = Path(sys.argv[1])
    heard = daemon.payload()
    life = daemon.live(folder)
    if life is None:
        daemon.greet("another")
        return 0
    kill_marked(str(folder))  # replicas of a gateway that was killed
    try:
        asyncio.run(serve(folder, heard))
    except HostError as error:
        said = {"kind": error.kind, "said": error.said, "code": error.code, "hint": error.hint}
        daemon.greet(daemon.REFUSED + json.dumps(said))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
