"""Releases of the knowledge: what changed since the last one, told before it counts."""
