"""Application Auto Scaling of the emulated account: targets and policies that act on the fleets."""
