"""The whole page /search through the WSGI application, over a real database.

In this process, without a network: routing, the index, the database's last word, names of
facets, the template.  A parameter that changes keeps pages out of the page memory.
"""

from __future__ import annotations

import tempfile
import time
from argparse import Namespace
from pathlib import Path

import config
from app import create_app
from app.db import db
from app.models import Entry
from app.search import synonyms
from app.search.query import SearchQuery
from app.services import demo, indexing, setup
from bench.search import texts
from bench.search.report import Report, memory_mb

#: Entries whose words the queries are made of.
SAMPLE = 300


def run(asked: Namespace, report: Report) -> None:
    """Fill a site, or take the one in ``--data``, and ask its search page."""
    with tempfile.TemporaryDirectory() as folder:
        data = asked.data or Path(folder)
        data.mkdir(parents=True, exist_ok=True)
        app = create_app(
            config.Development(DATA_DIR=data, SEARCH_ENGINE=asked.engine, RATE_LIMITS=False)
        )
        setup.prepare(app, lambda _said: None)
        with app.app_context():
            fill(asked, report)
            queries = queries_of(asked)
        client = app.test_client()
        runs = []
        for turn in range(asked.runs + 1):
            took = []
            for place, query in enumerate(queries):
                args = [*query.args(), ("_", f"{turn}-{place}")]
                started = time.perf_counter()
                answer = client.get("/search", query_string=args, follow_redirects=True)
                answer.get_data()
                took.append(time.perf_counter() - started)
                if answer.status_code != 200:
                    raise SystemExit(f"/search answered {answer.status} to {args}")
            runs.append(took)
        # The first turn compiles templates and reads names: a server does that once.
        report.times(f"search page, {asked.entries} entries", runs[1:], queries=len(queries))
        report.tell("memory of this process, site and all", **memory_mb())


def fill(asked: Namespace, report: Report) -> None:
    """Bring the site to its number of entries, and the index to all of them."""
    there = db.session.scalar(db.select(db.func.count(Entry.id))) or 0
    if there < asked.entries:
        started = time.perf_counter()
        demo.load(asked.entries - there, seed=texts.SEED)
        report.tell("entries made", per_s=(asked.entries - there) / (time.perf_counter() - started))
    started = time.perf_counter()
    done = indexing.follow_if_alone() or 0
    if done:
        report.tell("entries indexed", per_s=done / (time.perf_counter() - started))


def queries_of(asked: Namespace) -> list[SearchQuery]:
    """Queries from the words of entries spread over the site, facets left out."""
    every = max(1, asked.entries // SAMPLE)
    ids = list(range(1, asked.entries, every))[:SAMPLE]
    documents = indexing.documents_of(ids)
    shorts = [row.short for row in synonyms.current().rows] or ["กศน."]
    return [
        SearchQuery(text=query.text) for query in texts.queries(asked.queries, documents, shorts)
    ]
