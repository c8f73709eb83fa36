"""Our own table of Thai queries over the starter library, asked of a whole site.

Graded rows are figures, not rules: ``python -m bench.search own`` tells them.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.search import synonyms
from app.text import thai
from tests.conftest import opened
from tests.support import own_table
from tests.support.own_table import GRADED, Row

ROWS = list(own_table.rows())
EXACT = [row for row in ROWS if row.kind != GRADED]


@pytest.fixture(scope="module")
def site(library_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The starter library and what the table adds, indexed once for all rows."""
    folder = tmp_path_factory.mktemp("table") / "site"
    shutil.copytree(library_site, folder)
    own_table.address_of.cache_clear()
    for app in opened(folder):
        own_table.fill(tmp_path_factory.mktemp("pages"))
        yield app
    synonyms.learn([])
    thai.set_words([])


@pytest.fixture(autouse=True)
def glossary() -> None:
    """Not the small glossary of the other tests here: the site teaches its own."""


@pytest.mark.parametrize("row", EXACT, ids=[row.name for row in EXACT])
def test_a_row_of_the_table(site: Flask, row: Row) -> None:
    assert own_table.faults(row) == [], row.why


def test_the_table_is_large_enough_and_asks_each_row_once() -> None:
    kinds = Counter(row.kind for row in ROWS)
    assert sum(kinds.values()) >= 140
    assert kinds[GRADED] >= 45
    doubled = {name: n for name, n in Counter(row.name for row in ROWS).items() if n > 1}
    assert not doubled


def test_the_table_speaks_of_entries_that_are_there(site: Flask) -> None:
    known = set(own_table.numbers(own_table.asked(""))) | {910012}  # a draft, which nobody finds
    for row in ROWS:
        told = {int(n) for said in row.expected for n in own_table.NUMBER.findall(said)}
        assert told <= known, row.name


def test_the_graded_rows_tell_good_rankings_from_bad_ones(site: Flask) -> None:
    row = next(row for row in ROWS if row.kind == GRADED and len(row.grades) > 3)
    best = sorted(row.grades, key=lambda number: -row.grades[number])

    assert own_table.ndcg(best, row.grades) == 1
    assert own_table.ndcg(best[::-1], row.grades) < 1
    assert own_table.ndcg([1, 2, 3], row.grades) == 0
