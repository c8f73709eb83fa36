"""Reads: each returns a Select or rows; none writes."""
