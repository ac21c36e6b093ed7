"""Data that lies in a store of another kind than the target reads: told in the same words of every target."""

from __future__ import annotations

from collections.abc import Iterator

from tradewind.values import Loss, Run


def of_run(run: Run, scheme: str, title: str) -> Iterator[Loss]:
    """Its inputs and its checkpoint. `scheme` is the one that the target reads (`base.Storing`)."""
    for name, artifact in run.inputs.items():
        yield from of_address(f"train.inputs.{name}", artifact.uri, scheme, title)
    if run.checkpoint is not None:
        yield from of_address("train.checkpoint.uri", run.checkpoint, scheme, title)


def of_address(path: str, uri: str, scheme: str, title: str) -> Iterator[Loss]:
    """What is not known yet (a model that is still to be trained) has no address."""
    said, found, _ = uri.partition("://")
    if found and said != scheme:
        yield Loss(path, f"{title} reads {scheme}:// only, not {said}://", fatal=True)
