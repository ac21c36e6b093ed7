"""The one error that the bootstrap itself raises; everything else is the command's own failure."""

from __future__ import annotations

from tradewind.container.errors import USAGE, ContainerError


class BootstrapError(ContainerError):
    """Nothing was run, and why, in one line for people. `exit_code` is what the process exits with."""


NOT_EXECUTABLE = 126  # as a shell says it
NOT_FOUND = 127

__all__ = ["NOT_EXECUTABLE", "NOT_FOUND", "USAGE", "BootstrapError"]
