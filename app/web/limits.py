"""Burst limits per address, in the process or in Redis.

What must hold over restarts and servers (log-in, sign-up, posting) is counted in the
database instead; see services/throttles.py.
"""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

#: Versions are rendered and compared when asked for: a reader needs a few, a robot all.
ANEW = "40 per minute"

limiter = Limiter(
    key_func=get_remote_address,
    default_limits=["1200 per minute"],
    headers_enabled=False,
    strategy="moving-window",
)


def init_app(app: Flask) -> None:
    limiter.init_app(app)
