"""A second reckoning of prices and choices, from the collected tables alone; it imports nothing of tradewind."""
