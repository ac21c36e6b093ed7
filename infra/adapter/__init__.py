"""Pulumi behind one door: its Automation API, its events and its errors become tradewind's own values. Loads nothing."""
