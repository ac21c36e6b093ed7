"""The third-party provider is a distribution of its own: its tests run where it is installed (test_third_party.py)."""

collect_ignore = ["third_party"]
