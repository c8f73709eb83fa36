"""The rooms of the site: one module, one blueprint, one folder of templates each."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from app.web import converters

#: Add a line for a new room; the module holds ``bp``.
ROOMS = (
    "home",
    "posts",
    "lessons",
    "pages",
    "suggesting",
    "writing",
    "beginning",
    "coauthors",
    "lesson_life",
    "keeping",
    "history",
    "restoring",
    "comments",
    "talk",
    "tending",
    "proposals",
    "notices",
    "search",
    "searches",
    "communities",
    "programs",
    "years",
    "tags",
    "people",
    "journal",
    "tellers",
    "claims",
    "books",
    "series",
    "words",
    "reports",
    "account",
    "uploads",
    "voice",
    "invitations",
    "admin",
    "wiki_lists",
    "feeds",
    "health",
)


def init_app(app: Flask) -> None:
    converters.init_app(app)
    for room in ROOMS:
        app.register_blueprint(import_module(f"app.web.{room}").bp)
