"""The private port: wishes in, sights and figures out. Every request carries the token from the endpoint's folder."""

from __future__ import annotations

import hmac
import json
from dataclasses import asdict
from typing import Any

from aiohttp import web

from tradewind.host.errors import HostError, of_os_error
from tradewind.host.gateway.desk import Desk
from tradewind.host.wish import dump, load_wish

TOKEN_HEADER = "X-Tradewind-Token"
LARGEST = 16 * 1024 * 1024  # bytes of a wish


def application(desk: Desk, token: str) -> web.Application:
    app = web.Application(client_max_size=LARGEST, middlewares=[_guard(token)])

    async def wish(request: web.Request) -> web.Response:
        heard = await request.json()
        want = load_wish(heard["wish"])
        missing = desk.missing(want, heard["secrets"])
        if missing:
            return web.json_response({"missing": missing}, status=409)
        try:
            desk.accept(want, heard["secrets"])
        except OSError as error:
            return _refused(of_os_error(error))
        return web.json_response(text=dump(desk.sight()))

    async def sight(_request: web.Request) -> web.Response:
        return web.json_response(text=dump(desk.sight()))

    async def figures(request: web.Request) -> web.Response:
        window = float(request.query["window"])
        return web.json_response({slot: asdict(seen) for slot, seen in desk.figures(window).items()})

    app.router.add_post("/wish", wish)
    app.router.add_get("/sight", sight)
    app.router.add_get("/figures", figures)
    return app


def _guard(token: str) -> Any:
    @web.middleware
    async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
        if not hmac.compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), token.encode()):
            return web.json_response({"error": "wrong token"}, status=401)
        answer: web.StreamResponse = await handler(request)
        return answer

    return guard


def _refused(error: HostError) -> web.Response:
    said = {"kind": error.kind, "said": error.said, "code": error.code, "hint": error.hint}
    return web.Response(status=500, text=json.dumps({"refused": said}), content_type="application/json")
