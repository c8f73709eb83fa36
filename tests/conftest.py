"""What every test may ask for.

``app``      an empty site of its own: SQLite, tables made by the migrations, places loaded
``library``  the same with the starter library and its index
``client``   a browser without JavaScript; ``sign_in(client, user)`` logs somebody in
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import config
from app import create_app
from app.db import db
from app.models import User
from app.services import reading, searches, settings, setup
from tests.support.routing import remember_rules
from tests.support.statements import SharedStatements
from tests.support.templates import SharedCode

#: Each template and each statement takes longer to compile than to use.
COMPILED = SharedCode()
STATEMENTS = SharedStatements()

remember_rules()

# How long an example takes says how busy the machine is, and the first one reads a dictionary.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")

pytest_plugins = ("tests.support.report",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys first: few and long, they would stand alone at the end, with idle cores beside."""
    items.sort(key=lambda item: "journeys" not in item.path.parts)


def make_site(folder: Path, **changed: object) -> Flask:
    """A prepared site in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    app = create_app(config.Test(DATA_DIR=folder, **changed))  # type: ignore[arg-type]
    setup.prepare(app, lambda _said: None)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return app


def shared_site(tmp_path_factory: pytest.TempPathFactory, name: str, **changed: object) -> Path:
    """A prepared site to be copied; whichever process of the run comes first makes it for all."""
    beside = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        beside = beside.parent
    folder = beside / f"prepared-{name}"
    with (beside / f"prepared-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            shutil.rmtree(folder, ignore_errors=True)
            make_site(folder / "site", **changed)
            (folder / "made").touch()
    return folder / "site"


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared empty site, to be copied."""
    return shared_site(tmp_path_factory, "empty")


@pytest.fixture(scope="session")
def library_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared site with the starter library, to be copied."""
    return shared_site(tmp_path_factory, "library", CONTENT_DIR=config.ROOT / "content")


class Visitor(FlaskClient):
    """A client whose every request begins with an empty ``g``, as on a server.

    Tests hold an application context open, and requests inside it would share its ``g``:
    the account and the form token of the request before.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        for name in list(g):
            g.pop(name)
        return super().open(*args, **kwargs)


def opened(folder: Path) -> Iterator[Flask]:
    settings.forget()
    app = create_app(config.Test(DATA_DIR=folder))
    app.jinja_env.bytecode_cache = COMPILED
    app.test_client_class = Visitor
    context = app.app_context()
    context.push()
    STATEMENTS.give_to(db.engine)
    try:
        yield app
    finally:
        db.session.remove()
        app.extensions["search_index"].replace(None)
        db.engine.dispose()
        context.pop()
        settings.forget()
        reading.forget()
        searches.forget()


@pytest.fixture
def app(empty_site: Path, tmp_path: Path) -> Iterator[Flask]:
    folder = tmp_path / "site"
    shutil.copytree(empty_site, folder)
    yield from opened(folder)


@pytest.fixture
def library(library_site: Path, tmp_path: Path) -> Iterator[Flask]:
    folder = tmp_path / "site"
    shutil.copytree(library_site, folder)
    yield from opened(folder)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[[FlaskClient, User], FlaskClient]:
    """Log ``user`` into a client, as the log-in form would."""

    def into(client: FlaskClient, user: User) -> FlaskClient:
        with client.session_transaction() as session:
            session["_user_id"] = user.get_id()
            session["_fresh"] = True
        return client

    return into
