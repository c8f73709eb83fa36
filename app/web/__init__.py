"""Pages: find, act, flash, redirect.  Nothing here sees a table or commits."""
