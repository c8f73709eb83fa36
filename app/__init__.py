"""The application: wiring only, read top to bottom."""

from __future__ import annotations

from flask import Flask
from flask_babel import Babel
from flask_compress import Compress

from app import cli, clock, mail
from app.db import configure_engine, db
from app.services import indexing
from app.web import (
    api,
    caching,
    errors,
    headers,
    helpers,
    icons,
    language,
    limits,
    rooms,
    sessions,
    static_files,
)
from config import Config, load

__all__ = ["create_app"]


def create_app(config: Config | None = None) -> Flask:
    """The site for ``config`` (None: the environment, checked)."""
    config = config or load()
    app = Flask(__name__, static_folder=None)
    app.config.from_mapping(config.as_flask())
    clock.freeze(config.FROZEN_NOW)
    config.instance_dir.mkdir(parents=True, exist_ok=True)

    db.init_app(app)
    with app.app_context():
        configure_engine(db.engine)
    indexing.init_app(app)
    mail.init_app(app)

    app.jinja_env.add_extension("jinja2.ext.do")
    Babel(app, locale_selector=language.chosen, default_translation_directories="translations")
    caching.init_app(app)  # before compression: what it keeps is what was sent
    Compress(app)
    headers.init_app(app)
    sessions.init_app(app)
    limits.init_app(app)
    language.init_app(app)
    helpers.init_app(app)
    icons.init_app(app)
    static_files.init_app(app)
    errors.init_app(app)
    rooms.init_app(app)
    api.init_app(app)
    cli.init_app(app)
    return app
