"""The ground on Google Cloud."""
