"""One comment of a pull request (GitHub) or merge request (GitLab), updated in place.

`python comment.py prod plan.txt cost.md`: the environment, then files of text (.txt, in a fence) and of markdown. A file that
is not there, or empty, is told as such, since what should have written it failed. Standard library alone.
"""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST = 60_000  # characters; GitHub takes 65,536
TIMEOUT = 30.0  # seconds an answer


@dataclass(frozen=True)
class Thread:
    """Where comments are: of the request, and of one by its id. `mine` tells ours from those of others."""

    comments: str
    one: str
    edit: str
    headers: dict[str, str]
    mine: Callable[[dict[str, Any]], bool]


class Stay(urllib.request.HTTPRedirectHandler):
    """The token is for one host: a redirect is an error, and is not followed."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def body(environment: str, files: list[str]) -> str:
    room = LONGEST // max(1, len(files))
    parts = [part(Path(name), room) for name in files]
    return "\n\n".join([marker(environment), f"### Plan for {environment}", *parts])


def marker(environment: str) -> str:
    return f"<!-- tradewind plan {environment} -->"


def part(path: Path, room: int) -> str:
    text = path.read_text("utf-8").rstrip() if path.is_file() else ""
    if not text:
        return f"**No {path.stem}**: what writes it failed, or never ran. The job's log says why."
    rest = "\n\n(cut; the whole is in the job's log)" if len(text) > room else ""
    text = text[:room]
    if path.suffix != ".txt":
        return text + rest
    longest = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}{rest}"


def github() -> Thread:
    """The token of a workflow cannot ask who it is (GET /user answers 403): it is the bot, unless another is said."""
    found = re.fullmatch(r"refs/pull/(\d+)/merge", needed("GITHUB_REF"))
    if found is None:
        raise SystemExit(f"comment: {os.environ['GITHUB_REF']} is no pull request")
    repository = f"{needed('GITHUB_API_URL')}/repos/{needed('GITHUB_REPOSITORY')}"
    author = os.environ.get("COMMENT_AUTHOR") or "github-actions[bot]"
    headers = {"Authorization": f"Bearer {needed('GITHUB_TOKEN')}", "Accept": "application/vnd.github+json"}
    return Thread(
        comments=f"{repository}/issues/{found[1]}/comments",
        one=f"{repository}/issues/comments",
        edit="PATCH",
        headers=headers,
        mine=lambda it: (it.get("user") or {}).get("login") == author,
    )


def gitlab() -> Thread:
    headers = {"PRIVATE-TOKEN": needed("COMMENT_TOKEN")}
    me, _ = asked("GET", f"{needed('CI_API_V4_URL')}/user", headers)
    notes = (
        f"{needed('CI_API_V4_URL')}/projects/{needed('CI_PROJECT_ID')}"
        f"/merge_requests/{needed('CI_MERGE_REQUEST_IID')}/notes"
    )
    return Thread(notes, notes, "PUT", headers, lambda it: (it.get("author") or {}).get("id") == me["id"])


def needed(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SystemExit(f"comment: {name} is not set")
    return value


def asked(method: str, url: str, headers: dict[str, str], sent: dict[str, Any] | None = None) -> tuple[Any, bool]:
    """The answer, and whether a page follows. SystemExit says what went wrong, and never the token."""
    request = urllib.request.Request(url, method=method, data=json.dumps(sent).encode() if sent else None)
    for name, value in {**headers, "Content-Type": "application/json", "User-Agent": "tradewind"}.items():
        request.add_unredirected_header(name, value)
    try:
        with urllib.request.build_opener(Stay()).open(request, timeout=TIMEOUT) as answer:
            more = 'rel="next"' in answer.headers.get("Link", "") or bool(answer.headers.get("X-Next-Page"))
            return json.load(answer), more
    except urllib.error.HTTPError as error:
        raise SystemExit(f"comment: {method} {url}: {error.code} {error.reason}") from None
    except (OSError, ValueError) as error:
        raise SystemExit(f"comment: {method} {url}: {getattr(error, 'reason', error)}") from None


def ours(thread: Thread, begins: str) -> int | None:
    page, more = 1, True
    while more:
        found, more = asked("GET", f"{thread.comments}?per_page=100&page={page}", thread.headers)
        for it in found:
            if thread.mine(it) and (it.get("body") or "").startswith(begins):
                return int(it["id"])
        page += 1
    return None


def main() -> None:
    environment, files = sys.argv[1], sys.argv[2:]
    thread = gitlab() if os.environ.get("GITLAB_CI") else github()
    known = ours(thread, marker(environment))
    sent = {"body": body(environment, files)}
    if known is None:
        asked("POST", thread.comments, thread.headers, sent)
    else:
        asked(thread.edit, f"{thread.one}/{known}", thread.headers, sent)


if __name__ == "__main__":
    main()
