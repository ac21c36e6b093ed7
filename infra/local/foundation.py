"""This machine as a ground: a folder and its foundation.json. A component alone, so no plug-in is needed."""

from __future__ import annotations

from pathlib import Path

import pulumi

from tradewind.infra import whole
from tradewind.infra.arguments import LocalFoundationArgs
from tradewind.infra.layout import PUBLISHED
from tradewind.infra.made import Made


class LocalFoundation(pulumi.ComponentResource):
    """Its folder is made by an update, not by a preview, and is never deleted: what lies there is the user's."""

    made: Made

    def __init__(self, name: str, args: LocalFoundationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        folder = Path(args.folder) / args.prefix if args.prefix else Path(args.folder)
        # As an input, since a preview tells another folder by that alone.
        super().__init__("tradewind:local:Foundation", name, {"root": folder.as_uri()}, opts)
        self.made = Made(root=pulumi.Output.from_input(folder.as_uri()), region=pulumi.Output.from_input("local"))
        published = self.made.document().apply(lambda text: _publish(folder / PUBLISHED, text))
        self.register_outputs({"root": self.made.root, "published": published})


def _publish(path: Path, text: str) -> str:
    """Nothing is written in a preview."""
    if pulumi.runtime.is_dry_run():
        return str(path)
    try:
        whole.put(path, text)
    except OSError as error:
        raise pulumi.RunError(f"folder: {path} cannot be written: {error.strerror or error}") from None
    return str(path)
