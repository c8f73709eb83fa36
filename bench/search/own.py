"""Our own table (tests/search/data/own_table.tsv): exact rows that pass, graded rows ranked."""

from __future__ import annotations

import statistics
import tempfile
from argparse import Namespace
from collections import Counter
from pathlib import Path

import config
from app import create_app
from app.services import setup
from bench.search.report import Report
from tests.support import own_table


def run(asked: Namespace, report: Report) -> None:
    """Judge every row over a site of its own that is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        site.mkdir()
        wanted = config.Test(
            DATA_DIR=site, CONTENT_DIR=config.ROOT / "content", SEARCH_ENGINE=asked.engine
        )
        app = create_app(wanted)
        setup.prepare(app, lambda _said: None)
        with app.app_context():
            own_table.fill(Path(folder))
            exact(report, told=asked.faults)
            graded(report, told=asked.faults)
            app.extensions["search_index"].replace(None)


def exact(report: Report, *, told: bool) -> None:
    """How many rows of each kind are as the table says."""
    right, rows = Counter[str](), Counter[str]()
    for row in own_table.rows():
        if row.kind == own_table.GRADED:
            continue
        faults = own_table.faults(row)
        rows[row.kind] += 1
        right[row.kind] += not faults
        if told and faults:
            print(f"{row.name}\n    {row.why}\n    " + "\n    ".join(faults))
    for kind, count in rows.items():
        report.tell(f"own table, {kind}", right=right[kind], of=count)
    report.tell("own table, exact rows", right=right.total(), of=rows.total())


def graded(report: Report, *, told: bool) -> None:
    """nDCG@10 over the graded rows."""
    scores = own_table.graded()
    if told:
        for query, score in sorted(scores.items(), key=lambda pair: pair[1])[:20]:
            print(f"{score:.3f}  {query}")
    report.tell(
        "own table, graded rows",
        **{"nDCG@10": statistics.mean(scores.values()), "queries": len(scores)},
    )
