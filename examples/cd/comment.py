"""One comment of a GitLab merge request, updated in place. Arguments: files of text (.txt, in a fence) and markdown."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any

MARKER = "<!-- tradewind plan prod -->"


def body(files: list[str]) -> str:
    texts = [(name, Path(name).read_text("utf-8")) for name in files]
    parts = [f"```text\n{text}\n```" if name.endswith(".txt") else text for name, text in texts]
    return "\n\n".join([f"{MARKER}\n### Plan for prod", *parts])


def asked(method: str, path: str, sent: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        f"{os.environ['CI_API_V4_URL']}/projects/{os.environ['CI_PROJECT_ID']}"
        f"/merge_requests/{os.environ['CI_MERGE_REQUEST_IID']}/notes{path}",
        method=method,
        data=json.dumps(sent).encode() if sent else None,
        headers={"PRIVATE-TOKEN": os.environ["COMMENT_TOKEN"], "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer), answer.headers.get("X-Next-Page", "")


def ours() -> int | None:
    page = "1"
    while page:
        notes, page = asked("GET", f"?per_page=100&page={page}")
        for note in notes:
            if note["body"].startswith(MARKER):
                return int(note["id"])
    return None


def main() -> None:
    text, note = body(sys.argv[1:]), ours()
    asked("POST" if note is None else "PUT", "" if note is None else f"/{note}", {"body": text})


if __name__ == "__main__":
    main()
