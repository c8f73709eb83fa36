"""Ranking by questions whose answer is known: XQuAD Thai, with and without a typing error."""

from __future__ import annotations

import statistics
import tempfile
from argparse import Namespace
from collections.abc import Sequence
from math import log2
from pathlib import Path
from typing import Any

from app.search.engine import SearchEngine
from app.search.query import SearchQuery
from app.search.registry import open_engine
from bench.search import texts
from bench.search.report import Report

FIRST = 10
SETS = {"questions": "xquad-th-questions", "with one typing error": "xquad-th-questions-typo"}


def run(asked: Namespace, report: Report) -> None:
    """MRR@10, recall@10, nDCG@10 and the median number of hits, each question as it stands."""
    texts.learn_glossary()
    paragraphs = texts.lines(asked.folder, "xquad-th-paragraphs")
    documents = texts.plain_documents(paragraphs)
    number_of = {one["id"]: doc.number for one, doc in zip(paragraphs, documents, strict=True)}
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(asked.engine, Path(folder), create=True)
        engine.rebuild(iter(documents), sequence=1)
        for name, file in SETS.items():
            report.tell(name, **judged(engine, texts.lines(asked.folder, file), number_of))
        engine.close()


def judged(
    engine: SearchEngine, questions: Sequence[dict[str, Any]], number_of: dict[str, int]
) -> dict[str, float]:
    """The figures of one set of questions; only the first ``FIRST`` hits count."""
    ranks, totals = [], []
    for question in questions:
        wanted = {number_of[one] for one in question["rel"]}
        query = SearchQuery(text=" ".join(question["q"].split()), per_page=FIRST)
        result = engine.search(query, audience=texts.AUDIENCE)
        found = [place for place, hit in enumerate(result.hits, 1) if hit.number in wanted]
        ranks.append((found, len(wanted)))
        totals.append(result.total)
    return {
        "MRR@10": statistics.mean(1 / found[0] if found else 0 for found, _all in ranks),
        "recall@10": statistics.mean(len(found) / of for found, of in ranks),
        "nDCG@10": statistics.mean(ndcg(found, of) for found, of in ranks),
        "median_hits": statistics.median(totals),
        "queries": len(questions),
    }


def ndcg(places: Sequence[int], relevant: int) -> float:
    """Normalised discounted cumulative gain of hits that are right or wrong."""
    ideal = sum(1 / log2(place + 1) for place in range(1, min(relevant, FIRST) + 1))
    return sum(1 / log2(place + 1) for place in places) / ideal
