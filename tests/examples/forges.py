"""Comments of a pull request as GitHub keeps them, and notes of a merge request as GitLab does: as much as `comment.py` asks."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Kept = list[dict[str, Any]]
TOKEN = "ghs_aVeryDeepSecret"
PAGE = 2  # however many were asked for: services cut pages as they like


class Forge(BaseHTTPRequestHandler):
    kept: Kept
    asked: list[str]
    refuse: int = 0
    """A status to answer everything with."""

    def do_GET(self) -> None:
        if not self._let_in():
            return
        if self.path.endswith("/user"):
            self._answer(200, {"id": 7, "username": "project_1_bot"})
            return
        page = int(re.findall(r"[?&]page=(\d+)", self.path)[0])
        self._answer(200, self.kept[(page - 1) * PAGE : page * PAGE], more=len(self.kept) > page * PAGE, page=page)

    def do_POST(self) -> None:
        if self._let_in():
            self.kept.append({"id": len(self.kept) + 1, **self.author(), **self._sent()})
            self._answer(201, self.kept[-1])

    def _edited(self) -> None:
        if not self._let_in():
            return
        (found,) = [it for it in self.kept if it["id"] == int(self.path.rpartition("/")[2])]
        if not self.is_ours(found):
            self._answer(403, {"message": "not yours"})
            return
        found.update(self._sent())
        self._answer(200, found)

    def _let_in(self) -> bool:
        self.asked.append(f"{self.command} {self.path.partition('?')[0]}")
        self._sent()
        if self.refuse:
            self._answer(self.refuse, {"message": "no"})
        elif not self.knows_token():
            self._answer(401, {"message": "Bad credentials"})
        elif not self.knows_path():
            self._answer(404, {"message": "Not Found"})
        else:
            return True
        return False

    def _sent(self) -> dict[str, Any]:
        """Read once: what is left unread would be taken for the next request."""
        if "sent" not in self.__dict__:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.sent: dict[str, Any] = json.loads(text) if text else {}
        return self.sent

    def _answer(self, status: int, value: Any, *, more: bool = False, page: int = 0) -> None:
        self.send_response(status)
        if status in (301, 302, 307):
            self.send_header("Location", f"http://localhost:{self.server.server_address[1]}/elsewhere")
        for name, text in self.paging(more, page).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def log_message(self, *_: Any) -> None:
        pass

    def author(self) -> dict[str, Any]:
        raise NotImplementedError

    def is_ours(self, found: dict[str, Any]) -> bool:
        raise NotImplementedError

    def knows_token(self) -> bool:
        raise NotImplementedError

    def knows_path(self) -> bool:
        raise NotImplementedError

    def paging(self, more: bool, page: int) -> dict[str, str]:
        raise NotImplementedError


class GitHub(Forge):
    do_PATCH = Forge._edited

    def author(self) -> dict[str, Any]:
        return {"user": {"login": "github-actions[bot]", "type": "Bot"}}

    def is_ours(self, found: dict[str, Any]) -> bool:
        return bool(found["user"]["login"] == "github-actions[bot]")

    def knows_token(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def knows_path(self) -> bool:
        path = self.path.partition("?")[0]
        return path == "/repos/acme/churn/issues/12/comments" or (
            self.command == "PATCH" and bool(re.fullmatch(r"/repos/acme/churn/issues/comments/\d+", path))
        )

    def paging(self, more: bool, page: int) -> dict[str, str]:
        return {"Link": f'<https://api.github.com/x?page={page + 1}>; rel="next"'} if more else {}


class GitLab(Forge):
    do_PUT = Forge._edited

    def author(self) -> dict[str, Any]:
        return {"author": {"id": 7}}

    def is_ours(self, found: dict[str, Any]) -> bool:
        return bool(found["author"]["id"] == 7)

    def knows_token(self) -> bool:
        return self.headers.get("PRIVATE-TOKEN") == TOKEN

    def knows_path(self) -> bool:
        path = self.path.partition("?")[0]
        return path == "/user" or bool(re.fullmatch(r"/projects/7/merge_requests/1/notes(/\d+)?", path))

    def paging(self, more: bool, page: int) -> dict[str, str]:
        return {"X-Next-Page": str(page + 1) if more else ""}


@contextmanager
def kept(kind: type[Forge], rows: Kept, refuse: int = 0) -> Iterator[tuple[str, list[str]]]:
    """Its address, and what it was asked."""
    asked: list[str] = []
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Here", (kind,), {"kept": rows, "asked": asked, "refuse": refuse})
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def environ(kind: type[Forge], url: str) -> dict[str, str]:
    """What a runner sets."""
    if kind is GitHub:
        return {"GITHUB_ACTIONS": "true", "GITHUB_API_URL": url, "GITHUB_REPOSITORY": "acme/churn",
                "GITHUB_REF": "refs/pull/12/merge", "GITHUB_TOKEN": TOKEN}  # fmt: skip
    return {"GITLAB_CI": "true", "CI_API_V4_URL": url, "CI_PROJECT_ID": "7", "CI_MERGE_REQUEST_IID": "1",
            "COMMENT_TOKEN": TOKEN}  # fmt: skip
