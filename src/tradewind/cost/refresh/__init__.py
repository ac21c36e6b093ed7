"""Reading today's list prices from the clouds' own price APIs, into the user's catalogue (`deploy cost refresh`)."""
