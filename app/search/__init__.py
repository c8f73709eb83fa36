"""Documents in, hits out.  Knows no table and no Flask; it could be lifted out and published."""
