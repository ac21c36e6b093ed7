"""What went wrong before anything of the user's was run."""

from __future__ import annotations


class ContainerError(Exception):
    """Nothing was run, and why, in one line for people. `exit_code` is what the process exits with."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code


USAGE = 2  # the contract's variables are wrong or missing
