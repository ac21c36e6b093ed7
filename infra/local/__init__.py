"""The ground on this machine."""
