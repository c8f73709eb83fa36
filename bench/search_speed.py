"""How fast the search answers and the index is made, on made-up text with a seed.

    python -m bench.search_speed [--entries 10000] [--bytes 3000] [--queries 400]

Documents are drawn from PyThaiNLP's word list by a Zipf law, so that some words are nearly
everywhere and most are rare, with years, places, programs and tags as a site has them.
Queries are one to five words taken from the documents, a year or a short form now and
then; every query is new to the index's own memory of results.  Prints p50 and p95 of
search (query, exact total, eight facets, 20 excerpts with marks) and of browsing, and the
documents indexed in a second on one core.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from app.search import synonyms
from app.search.documents import Document
from app.search.engine import SearchEngine
from app.search.query import SearchQuery
from app.search.registry import open_engine
from app.text import thai

AUDIENCE = frozenset({"public"})
GLOSSARY = [
    ("กศน.", ("การศึกษานอกโรงเรียน",), "two-way", ""),
    ("อบต.", ("องค์การบริหารส่วนตำบล",), "whole-token", ""),
    ("KM", ("การจัดการความรู้", "จัดการความรู้"), "two-way", ""),
    ("คอน", ("นครศรีธรรมราช",), "whole-token", ""),
]


class Words:
    """Words with the frequencies of a natural text."""

    def __init__(self, dice: random.Random) -> None:
        words, compounds = thai.load_words(thai.word_lines())
        self.words = sorted(word for word in words | compounds if 2 <= len(word) <= 12)
        dice.shuffle(self.words)
        self.weights = list(accumulate(1.0 / (rank + 3) for rank in range(len(self.words))))
        self.dice = dice

    def some(self, count: int) -> list[str]:
        return self.dice.choices(self.words, cum_weights=self.weights, k=count)

    def text(self, size: int) -> str:
        """About ``size`` bytes of UTF-8 in unspaced sentences and short paragraphs."""
        pieces: list[str] = []
        length = 0
        while length < size:
            sentence = "".join(self.some(self.dice.randint(6, 18)))
            if self.dice.random() < 0.15:
                sentence += f"ในปี{self.dice.randint(2540, 2560)}"
            if self.dice.random() < 0.1:
                sentence += f"ผ่านทาง{self.dice.choice(GLOSSARY)[0]}"
            pieces.append(sentence)
            length += len(sentence.encode()) + 1
        return "".join(p + ("\n\n" if n % 6 == 5 else " ") for n, p in enumerate(pieces))


def documents(count: int, size: int, seed: int) -> Iterator[Document]:
    """``count`` made-up documents of ``size`` bytes."""
    dice = random.Random(seed)
    words = Words(dice)
    tags = [f"tag-{number}" for number in range(600)]
    day = datetime(2005, 6, 1, tzinfo=UTC)
    for number in range(count):
        amphoe = dice.randrange(23)
        tambon = amphoe * 8 + dice.randrange(8)
        year = dice.randint(2546, 2560)
        yield Document(
            key=f"entry:{number}",
            number=1_000_001 + number,
            kind=dice.choice(("post", "post", "story", "lesson", "page")),
            title="".join(words.some(5)),
            summary="".join(words.some(20)),
            body=words.text(size - 400),
            tags=tuple(dice.sample(tags, 3)),
            author=f"writer{dice.randrange(200)}",
            communities=(f"tambon-{tambon}", f"amphoe-{amphoe}", "province"),
            programs=(f"program-{dice.randrange(25)}",),
            years=(year,),
            fiscal_years=(year,),
            state=dice.choice(("", "told", "tried")),
            created=day + timedelta(hours=number),
            names="จังหวัดนครศรีธรรมราช อำเภอตัวอย่าง ตำบลตัวอย่าง",
        )


def queries(count: int, seed: int) -> list[SearchQuery]:
    """Made-up queries, a third with a facet chosen."""
    dice = random.Random(seed)
    words = Words(random.Random(seed))
    made = []
    for _ in range(count):
        text = dice.choice(("", " ")).join(words.some(dice.randint(1, 5)))
        if dice.random() < 0.15:
            text += f" {dice.randint(2546, 2560)}"
        if dice.random() < 0.15:
            text += f" {dice.choice(GLOSSARY)[0]}"
        facets = (
            {"community": frozenset({f"amphoe-{dice.randrange(23)}"})}
            if dice.random() < 0.3
            else {}
        )
        made.append(SearchQuery(text=text, facets=facets))
    return made


def timed(engine: SearchEngine, asked: list[SearchQuery]) -> list[float]:
    """Milliseconds of each query."""
    took = []
    for query in asked:
        started = time.perf_counter()
        engine.search(query, audience=AUDIENCE)
        took.append((time.perf_counter() - started) * 1000)
    return took


def told(name: str, took: list[float]) -> str:
    """One line of the report."""
    p95 = statistics.quantiles(took, n=20)[18]
    middle = statistics.median(took)
    return f"{name:<28} p50 {middle:7.1f} ms   p95 {p95:7.1f} ms   max {max(took):7.1f} ms"


def memory_mb() -> float:
    with open("/proc/self/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--bytes", type=int, default=3_000)
    parser.add_argument("--queries", type=int, default=400)
    parser.add_argument("--seed", type=int, default=2548)
    chosen = parser.parse_args()
    synonyms.learn(GLOSSARY)
    thai.warm()
    with tempfile.TemporaryDirectory() as folder:
        build(chosen, Path(folder))
        started = time.perf_counter()
        engine = open_engine("whoosh", folder)
        engine.search(SearchQuery(text="ชุมชน"), audience=AUDIENCE)
        print(f"opened and first answer in {(time.perf_counter() - started) * 1000:.0f} ms")
        ask(engine, queries(chosen.queries, chosen.seed + 1))
        new = list(documents(60, chosen.bytes, 7))
        print(told("one entry saved and found", saved(engine, new)))
        print(f"memory of this process {memory_mb():.0f} MB")


def build(chosen: argparse.Namespace, folder: Path) -> None:
    """Make the index and print how fast."""
    made = list(documents(chosen.entries, chosen.bytes, chosen.seed))
    size = sum(len(document.body.encode()) for document in made) / len(made)
    engine = open_engine("whoosh", folder, create=True)
    started = time.process_time()
    engine.rebuild(iter(made), sequence=1)
    speed = chosen.entries / (time.process_time() - started)
    print(f"{chosen.entries} documents of {size:.0f} bytes; indexed {speed:.0f}/s of one core")
    engine.close()


def ask(engine: SearchEngine, asked: list[SearchQuery]) -> None:
    """Print how fast it answers."""
    print(told("search", timed(engine, asked)))
    print(told("search, asked again", timed(engine, asked)))
    browsing = [SearchQuery(facets=query.facets, page=1 + n % 5) for n, query in enumerate(asked)]
    print(told("browse", timed(engine, browsing)))
    by_title = [SearchQuery(sort="title", page=1 + n % 9) for n in range(100)]
    print(told("browse by title", timed(engine, by_title)))
    took = []
    for query in asked:
        started = time.perf_counter()
        engine.suggest(query.text[:3])
        took.append((time.perf_counter() - started) * 1000)
    print(told("suggest", took))


def saved(engine: SearchEngine, documents: list[Document]) -> list[float]:
    """Milliseconds from a saved entry to its being found, merging of small commits included."""
    took = []
    for number, document in enumerate(documents):
        new = replace(document, key=f"new:{number}", number=2_000_000 + number)
        started = time.perf_counter()
        engine.apply([new], sequence=2 + number)
        engine.maintain()
        found = engine.search(SearchQuery(text=str(new.number)), audience=AUDIENCE)
        took.append((time.perf_counter() - started) * 1000)
        assert found.hits[0].number == new.number
    return took


if __name__ == "__main__":
    main()
