"""The WSGI entry for other servers: ``app`` from the settings of the environment.

``bin/serve`` does not come through here; it prepares the site first (app/serving.py).
"""

from __future__ import annotations

from app import create_app

app = create_app()
