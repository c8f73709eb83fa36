"""The engine alone: making the index, asking it, saving into it, opening it, its memory.

Without HTML and database: a search here is query, exact total, eight facets, 20 excerpts
with marks.  Opening and memory are those of fresh processes that only serve.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.search.documents import Document
from app.search.engine import SearchEngine
from app.search.query import SearchQuery
from app.search.registry import open_engine
from bench.search import texts
from bench.search.report import Report, memory_mb, size_mb

#: Documents kept aside to make queries from, and to save anew.
SAMPLE, SAVED = 2_000, 60


def run(asked: Namespace, report: Report) -> None:
    """Every figure for one engine and size."""
    shorts = texts.learn_glossary()
    name = f"{asked.engine}, {asked.entries} {'real' if asked.real else 'made-up'}"
    with tempfile.TemporaryDirectory(dir=asked.disk) as folder:
        index = Path(folder)
        sample = [build(asked, index, shorts, report, name) for _ in range(asked.builds)][-1]
        queries = texts.queries(asked.queries, sample, shorts)
        ask(asked, index, queries, report, name)
        in_fresh_processes(asked, index, queries, report, name)
        save(asked, index, sample[:SAVED], report, name)


def documents_of(asked: Namespace, shorts: Sequence[str]) -> Iterator[Document]:
    if asked.real:
        return texts.real(asked.entries, asked.real)
    return texts.made_up(asked.entries, size=asked.bytes, shorts=shorts)


# --- making it ------------------------------------------------------------------------------


class Timed:
    """Passes documents on and notes what making them costs, so that it can be taken off."""

    def __init__(self, documents: Iterable[Document], total: int) -> None:
        self.documents, self.total = iter(documents), total
        self.sample: list[Document] = []
        self.cpu = self.wall = 0.0
        self.letters = self.bytes = self.count = 0

    def __iter__(self) -> Iterator[Document]:
        every = max(1, self.total // SAMPLE)
        while True:
            cpu, wall = time.thread_time(), time.perf_counter()
            document = next(self.documents, None)
            if document is not None:
                self.bytes += len(document.body.encode("utf-8", "replace"))
                if self.count % every == 0:
                    self.sample.append(document)
                self.count += 1
            self.cpu += time.thread_time() - cpu
            self.wall += time.perf_counter() - wall
            if document is None:
                return
            yield document


def build(
    asked: Namespace, folder: Path, shorts: Sequence[str], report: Report, name: str
) -> list[Document]:
    """Make the index anew; returns some of its documents.

    One core: CPU of all threads and of child processes, without the making of documents.
    """
    timed = Timed(documents_of(asked, shorts), asked.entries)
    engine = open_engine(asked.engine, folder, create=True)
    cpu, wall = cpu_seconds(), time.perf_counter()
    engine.rebuild(timed, sequence=1)
    cpu = cpu_seconds() - cpu - timed.cpu
    wall = time.perf_counter() - wall - timed.wall
    engine.close()
    report.tell(
        f"{name}: index made",
        per_s_of_one_core=timed.count / cpu,
        per_s_by_the_clock=timed.count / wall,
        bytes_each=timed.bytes / timed.count,
        index_MB=size_mb(folder),
    )
    return timed.sample


def cpu_seconds() -> float:
    """CPU of this process, all its threads, and its children that ended."""
    told = os.times()
    return told.user + told.system + told.children_user + told.children_system


# --- asking it ------------------------------------------------------------------------------


def ask(
    asked: Namespace, folder: Path, queries: list[SearchQuery], report: Report, name: str
) -> None:
    """Search, browse and suggest, every run over an engine opened anew."""
    browsing = [SearchQuery(facets=one.facets, page=1 + n % 5) for n, one in enumerate(queries)]
    titles = [SearchQuery(sort="title", page=1 + n % 9) for n in range(100)]
    typed = list(dict.fromkeys(query.text[:length] for query in queries for length in (2, 3, 5)))
    took: dict[str, list[list[float]]] = {}
    for _run in range(asked.runs):
        engine = open_engine(asked.engine, folder)
        engine.search(SearchQuery(text="ชุมชน"), audience=texts.AUDIENCE)
        engine.suggest("ชุม")
        for kind, calls in {
            "search": [searching(engine, query) for query in queries],
            "browse": [searching(engine, query) for query in browsing],
            "browse by title": [searching(engine, query) for query in titles],
            "suggest": [suggesting(engine, text) for text in typed],
        }.items():
            took.setdefault(kind, []).append([timed(call) for call in calls])
        engine.close()
    for kind, runs in took.items():
        report.times(f"{name}: {kind}", runs, queries=len(runs[0]))


def searching(engine: SearchEngine, query: SearchQuery) -> Callable[[], object]:
    return lambda: engine.search(query, audience=texts.AUDIENCE)


def suggesting(engine: SearchEngine, text: str) -> Callable[[], object]:
    return lambda: engine.suggest(text)


def timed(call: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


# --- saving into it -------------------------------------------------------------------------


def save(
    asked: Namespace, folder: Path, documents: Sequence[Document], report: Report, name: str
) -> None:
    """From a saved entry to its being found by its number, merging of small commits included."""
    engine = open_engine(asked.engine, folder)
    runs = []
    for turn in range(asked.runs):
        took = []
        for place, document in enumerate(documents):
            number = 2_000_000 + turn * SAVED + place
            new = replace(document, key=f"new:{number}", number=number)
            started = time.perf_counter()
            engine.apply([new], sequence=2 + turn * SAVED + place)
            engine.maintain()
            result = engine.search(SearchQuery(text=str(number)), audience=texts.AUDIENCE)
            took.append(time.perf_counter() - started)
            if not result.hits or result.hits[0].number != number:
                raise SystemExit(f"entry {number} was saved and is not found")
        runs.append(took)
    engine.close()
    report.times(f"{name}: saved and found", runs, entries=len(documents))


# --- fresh processes ------------------------------------------------------------------------


def in_fresh_processes(
    asked: Namespace, folder: Path, queries: list[SearchQuery], report: Report, name: str
) -> None:
    """Opening with nothing in the page cache, and the memory of a process that only serves."""
    told = []
    asks = json.dumps([query.text for query in queries])
    for _run in range(asked.runs):
        command = [sys.executable, "-m", "bench.search", "serve", asked.engine, str(folder)]
        done = subprocess.run(
            command, input=asks, capture_output=True, text=True, cwd=texts.ROOT, check=False
        )
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        told.append(json.loads(done.stdout))
    middle = {key: statistics.median(one[key] for one in told) for key in told[0]}
    report.tell(
        f"{name}: cold open and first answer",
        ms=middle["opened_ms"],
        with_dictionary_ms=middle["opened_ms"] + middle["dictionary_ms"],
        runs=asked.runs,
    )
    memory = {key: value for key, value in middle.items() if key.endswith("_MB")}
    report.tell(f"{name}: memory of a process that only serves", **memory, runs=asked.runs)


def serve(engine_name: str, folder: Path) -> dict[str, Any]:
    """What one fresh process measures of itself; queries come as JSON by standard input."""
    texts_asked = json.load(sys.stdin)
    forget_pages(folder)
    started = time.perf_counter()
    texts.learn_glossary()
    learned = time.perf_counter()
    empty = memory_mb()
    engine = open_engine(engine_name, folder)
    engine.search(SearchQuery(text=texts_asked[0]), audience=texts.AUDIENCE)
    opened = time.perf_counter()
    for text in texts_asked:
        engine.search(SearchQuery(text=text), audience=texts.AUDIENCE)
        engine.suggest(text[:3])
    return {
        "dictionary_ms": (learned - started) * 1000,
        "opened_ms": (opened - learned) * 1000,
        "before_PSS_MB": empty["PSS_MB"],
        **memory_mb(),
    }


def forget_pages(folder: Path) -> None:
    """Ask the system to drop these files from its page cache, so that opening reads the disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
