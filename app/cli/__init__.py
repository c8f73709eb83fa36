"""The same services from a terminal: ``bin/flask content|search|users|jobs|demo``.

Exit status: 0 done, 1 done but something was refused or named, 2 the call was wrong.
"""

from __future__ import annotations

from flask import Flask

from app.cli import content, demo, jobs, search, users


def init_app(app: Flask) -> None:
    for room in (content, search, users, jobs, demo):
        app.cli.add_command(room.group)
