"""Pulumi behind one door: its Automation API, its events and its errors become tradewind's own values. Importing this loads nothing."""
