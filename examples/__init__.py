"""Whole projects, each run by a test, and the demonstration that `make demo` plays."""
