"""A provider for Tiny Cloud, a cloud too small to exist: the example of docs/providers.md."""
