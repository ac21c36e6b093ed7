"""Every stable error code with what it means and what to do: the texts of `deploy explain`, and of docs/errors.md.

Ranges: 0xx spec, arguments, refusals · 1xx credentials and permission · 2xx quota and capacity · 3xx conflict, missing,
throttled, transient, storage · 4xx jobs and versions that failed · 5xx engine: budget, time, lock, rollback, interrupt ·
6xx this machine (host and provider local) · 7xx bundle and runtime · 9xx a defect of ours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    title: str
    meaning: str
    remedy: str


CODES: dict[str, Explanation] = {
    # 0xx spec, arguments, refusals
    "TW001": Explanation(
        "deploy.yaml is not valid",
        "One or more keys, values or units in the file (or in a --set override) cannot be understood.",
        "Go to the file:line:column of each problem; `deploy schema` prints the whole grammar.",
    ),
    # 1xx credentials and permission
    # 2xx quota and capacity
    # 3xx conflict, missing, throttled, transient, storage
    "TW330": Explanation(
        "An object store refused or failed",
        "A read or write in the foundation's store did not succeed.",
        "Read the store's own words in the message; check that the folder or bucket exists and can be written.",
    ),
    # 4xx jobs and versions that failed
    # 5xx engine
    # 6xx this machine
    # 7xx bundle and runtime
    # 9xx a defect of ours
}
