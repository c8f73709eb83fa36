"""What several modules about pages and answers need."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from flask import Flask

import config
from app import create_app
from app.db import db


@pytest.fixture
def braked(empty_site, tmp_path) -> Iterator[Flask]:
    """A site whose burst limits are on."""
    folder = tmp_path / "braked"
    shutil.copytree(empty_site, folder)
    site = create_app(config.Test(DATA_DIR=folder, RATE_LIMITS=True))
    with site.app_context():
        yield site
        db.session.remove()
        db.engine.dispose()
