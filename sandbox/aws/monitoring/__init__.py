"""CloudWatch of the emulated account: metrics of what really happened, and alarms that are really evaluated."""
