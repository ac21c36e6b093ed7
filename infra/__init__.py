"""The ground as one Pulumi program (comes with its own issue)."""
