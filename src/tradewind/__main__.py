"""`python -m tradewind`: the same as `deploy`."""

from __future__ import annotations

from tradewind.cli.main import main

if __name__ == "__main__":
    main()
