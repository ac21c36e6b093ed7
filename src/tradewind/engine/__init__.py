"""Resolve, plan, apply, roll out: everything that must behave alike; names no cloud."""
