"""What runs inside a serving container. Imports nothing of tradewind outside this folder; Python 3.8 and later."""
