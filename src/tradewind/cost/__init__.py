"""Money: what is known about prices, and saying so where nothing is."""
