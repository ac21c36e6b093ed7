"""Click commands and rendering: the only place that prints."""
