"""Ours beside stock Whoosh: the same documents, tokens and queries, in turns in one run.

Stock Whoosh is given our atoms joined by spaces, an OR query with BM25F, the first twenty,
and the exact total; excerpts with marks are timed on their own.  Ours gives total, eight
facets and twenty excerpts with marks.
"""

from __future__ import annotations

import tempfile
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from whoosh import analysis, fields, index, qparser

from app.search.documents import Document
from app.search.registry import open_engine
from app.text import thai
from bench.search import texts
from bench.search.report import Report

HITS = 20
_SEGMENT = 1_000


def run(asked: Namespace, report: Report) -> None:
    """Build both and ask both every query, one after the other."""
    shorts = texts.learn_glossary()
    documents = list(
        texts.real(asked.entries, asked.real)
        if asked.real
        else texts.made_up(asked.entries, size=asked.bytes, shorts=shorts)
    )
    with tempfile.TemporaryDirectory() as folder:
        ours_folder, stock_folder = Path(folder) / "ours", Path(folder) / "stock"
        engine = open_engine("whoosh", ours_folder, create=True)
        engine.rebuild(iter(documents), sequence=1)
        stock = build(documents, stock_folder, report)
        queries = texts.queries(asked.queries, documents[:: max(1, len(documents) // 2000)], shorts)
        took: dict[str, list[list[float]]] = {"ours": [], "stock": [], "stock, excerpts": []}
        parser = qparser.QueryParser("text", stock.schema, group=qparser.OrGroup)
        for _run in range(asked.runs):
            runs: dict[str, list[float]] = {name: [] for name in took}
            with stock.searcher() as searcher:
                for query in queries:
                    started = time.perf_counter()
                    engine.search(query, audience=texts.AUDIENCE)
                    runs["ours"].append(time.perf_counter() - started)
                    for name, seconds in ask_stock(searcher, parser, query.text).items():
                        runs[name].append(seconds)
            for name, seconds in runs.items():
                took[name].append(seconds)
        for name, seconds in took.items():
            report.times(f"{asked.entries} documents: {name}", seconds, queries=len(queries))
        engine.close()
    rows = report.rows
    ours, theirs = (rows[f"{asked.entries} documents: {name}"] for name in ("ours", "stock"))
    report.tell(
        "stock Whoosh takes so many times ours",
        p50=theirs["p50_ms"] / ours["p50_ms"],
        p95=theirs["p95_ms"] / ours["p95_ms"],
    )


def build(documents: Sequence[Document], folder: Path, report: Report) -> Any:
    """A stock Whoosh index of the documents' atoms."""
    folder.mkdir()
    words = analysis.SpaceSeparatedTokenizer()
    schema = fields.Schema(key=fields.ID(stored=True), text=fields.TEXT(words, stored=True))
    made = index.create_in(str(folder), schema)
    started = time.process_time()
    for start in range(0, len(documents), _SEGMENT):
        writer = made.writer(limitmb=256)
        for document in documents[start : start + _SEGMENT]:
            text = "\n".join((document.title, document.summary, document.body, document.names))
            writer.add_document(key=document.key, text=" ".join(thai.cut(thai.fold(text))))
        writer.commit(merge=False)
    report.tell("stock Whoosh: index made", per_s_of_one_core=len(documents) / cpu_since(started))
    return made


def cpu_since(started: float) -> float:
    return time.process_time() - started


def ask_stock(searcher: Any, parser: Any, text: str) -> dict[str, float]:
    """Seconds of the search with its exact total, and of twenty excerpts with marks."""
    started = time.perf_counter()
    query = parser.parse(" ".join(thai.cut(thai.fold(text))))
    results = searcher.search(query, limit=HITS)
    len(results)
    found = time.perf_counter()
    for hit in results:
        hit.highlights("text")
    return {"stock": found - started, "stock, excerpts": time.perf_counter() - found}
