"""Search measured: how well it finds, and how fast.  ``python -m bench.search --help``."""
