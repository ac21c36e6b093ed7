"""What will fail, before anything is done: read-only looks at the account, all at once, each with one of three answers."""

from tradewind.providers.aws.preflight.checking import checks

__all__ = ["checks"]
