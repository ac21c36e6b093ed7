"""The figures: each a ratio against a peer in one run. `make bench` prints them all; nothing here is a timed test."""
