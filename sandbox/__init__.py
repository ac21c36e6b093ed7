"""Emulated clouds on loopback (come with their clouds)."""
