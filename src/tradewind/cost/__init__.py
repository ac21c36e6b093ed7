"""Money: rates an hour, budgets, and saying `unknown` instead of guessing."""
