"""What says where everything stands is written by `up` alone: a condition on who else writes blobs. No Pulumi."""

from __future__ import annotations

from tradewind.providers.azure import actions

_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"


def condition(path: str, needed: actions.Definition) -> str:
    """Of the role's assignment ("Azure role assignment condition format"); "" where nothing of the role writes blobs."""
    writing = [it for it in needed.data_actions if it.startswith(f"{_BLOBS}/") and it != f"{_BLOBS}/read"]
    if not writing:
        return ""
    others = " AND ".join(f"!(ActionMatches{{'{it}'}})" for it in writing)
    return f"(({others}) OR (@Resource[{_BLOBS}:path] StringNotEquals '{path}'))"
