"""Processes of this machine that stand in for containers, and the weighted gateway before them."""
