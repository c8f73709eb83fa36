"""Icons of the sprite, as _icons.html draws them: each drawn once, a page shows a hundred."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, current_app
from markupsafe import Markup


def icon(name: str, label: str | None = None) -> Markup:
    """The icon of that name; ``label`` only where it stands alone and says something."""
    return _drawn(name) if label is None else _draw(name, label)


@lru_cache(maxsize=256)
def _drawn(name: str) -> Markup:
    return _draw(name, None)


def _draw(name: str, label: str | None) -> Markup:
    macros = current_app.jinja_env.get_template("_icons.html").module
    drawn: Markup = macros.icon(name, label)  # type: ignore[attr-defined]
    return drawn


def init_app(app: Flask) -> None:
    app.add_template_global(icon)
