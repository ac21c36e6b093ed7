"""Objects by URI, each store through its cloud's own SDK."""
