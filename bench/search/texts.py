"""Documents and queries to measure with: made up from word frequencies, or real Thai text.

The folder of real text is an argument of whoever measures; nothing of it is in this
project.  Its files are lines of JSON, as they are or packed by gzip:

xquad-th-paragraphs.jsonl.gz      {id, title, text}
xquad-th-questions.jsonl.gz       {qid, q, rel: [id]}; the same with -typo
thai-news-*.jsonl.gz              {id, title, text}
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

from app.search import synonyms
from app.search.documents import Document
from app.search.query import SearchQuery
from app.search.synonyms import Row
from app.text import thai

ROOT = Path(__file__).resolve().parents[2]
AUDIENCE = frozenset({"public"})
SEED = 2548
KINDS = ("post", "post", "story", "lesson", "page")
START = datetime(2005, 6, 1, tzinfo=UTC)
TAGS = 600
_SENTENCE = re.compile(r"[\s\n]+")


def learn_glossary() -> list[str]:
    """Teach search the glossary of the starter library; returns its short forms."""
    rows = yaml.safe_load((ROOT / "content" / "glossary.yaml").read_text("utf-8"))
    learned = synonyms.learn(
        Row(
            row["short"],
            tuple(row["expansion"]),
            row.get("kind", synonyms.TWO_WAY),
            row.get("note") or "",
            row.get("category") or "",
        )
        for row in rows
    )
    thai.set_words(learned.words())
    thai.warm()
    return [row.short for row in learned.rows]


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    """The records of every file of ``folder`` that the pattern ``name`` fits."""
    paths = sorted([*folder.glob(f"{name}.jsonl.gz"), *folder.glob(f"{name}.jsonl")])
    if not paths:
        raise SystemExit(f"{folder} holds no {name}.jsonl.gz and no {name}.jsonl.")
    found = []
    for path in paths:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as file:
            found += [json.loads(line) for line in file]
    return found


# --- documents ------------------------------------------------------------------------------


def plain_documents(records: Sequence[dict[str, Any]], *, first: int = 1) -> list[Document]:
    """Records with title and text as public documents; the body alone is their text.

    ``first`` is the number of the first; each carries its place in ``records`` as its only
    community, so that the counts of that facet tell exactly which were found.
    """
    return [
        Document(
            key=f"entry:{first + place}",
            number=1_000_000 + first + place,
            kind="post",
            title=record.get("title", ""),
            body=record["text"],
            communities=(f"d{place}",),
            created=START + timedelta(hours=place),
            updated=START + timedelta(hours=place),
        )
        for place, record in enumerate(records)
    ]


class Words:
    """Words with the frequencies of a natural text: a Zipf law over PyThaiNLP's list."""

    def __init__(self, dice: random.Random) -> None:
        words, compounds = thai.load_words(thai.word_lines())
        self.words = sorted(word for word in words | compounds if 2 <= len(word) <= 12)
        dice.shuffle(self.words)
        self.weights = list(accumulate(1.0 / (rank + 3) for rank in range(len(self.words))))
        self.dice = dice

    def some(self, count: int) -> list[str]:
        return self.dice.choices(self.words, cum_weights=self.weights, k=count)

    def text(self, size: int, shorts: Sequence[str]) -> str:
        """About ``size`` bytes of UTF-8 in unspaced sentences and short paragraphs."""
        pieces: list[str] = []
        length = 0
        while length < size:
            sentence = "".join(self.some(self.dice.randint(6, 18)))
            if self.dice.random() < 0.15:
                sentence += f"ในปี{self.dice.randint(2540, 2560)}"
            if self.dice.random() < 0.1:
                sentence += f"ผ่านทาง{self.dice.choice(shorts)}"
            pieces.append(sentence)
            length += len(sentence.encode()) + 1
        return "".join(p + ("\n\n" if n % 6 == 5 else " ") for n, p in enumerate(pieces))


def made_up(
    count: int, *, size: int, shorts: Sequence[str], seed: int = SEED
) -> Iterator[Document]:
    """``count`` documents of ``size`` bytes, with years, places, programs and tags."""
    dice = random.Random(seed)
    words = Words(dice)
    for number in range(count):
        document = Document(
            key=f"entry:{number}",
            number=1_000_001 + number,
            kind=dice.choice(KINDS),
            title="".join(words.some(5)),
            summary="".join(words.some(20)),
            body=words.text(size - 400, shorts),
        )
        yield with_facets(document, dice, number)


def with_facets(document: Document, dice: random.Random, number: int) -> Document:
    """``document`` with what a site of this province would say about it."""
    amphoe = dice.randrange(23)
    year = dice.randint(2546, 2560)
    return replace(
        document,
        tags=tuple(f"tag-{n}" for n in dice.sample(range(TAGS), 3)),
        authors=(f"writer{dice.randrange(200)}",),
        communities=(f"tambon-{amphoe * 8 + dice.randrange(8)}", f"amphoe-{amphoe}", "province"),
        programs=(f"program-{dice.randrange(25)}",),
        years=(year,),
        fiscal_years=(year,),
        state=dice.choice(("", "told", "tried")),
        created=START + timedelta(hours=number),
        updated=START + timedelta(hours=number),
        names="จังหวัดนครศรีธรรมราช อำเภอตัวอย่าง ตำบลตัวอย่าง",
    )


def real(count: int, folder: Path, *, seed: int = SEED) -> Iterator[Document]:
    """``count`` documents of real news: each text once, then texts of mixed sentences.

    A mixed one has the length of a real one and sentences of many, so that words keep
    their frequencies and company while no two documents are alike.
    """
    dice = random.Random(seed)
    news = lines(folder, "thai-news*")
    sentences = [said for record in news for said in _SENTENCE.split(record["text"]) if said]
    for number in range(count):
        record = news[number % len(news)]
        title, text = record["title"], record["text"]
        if number >= len(news):
            title = " ".join(dice.choices(sentences, k=2))[:200]
            text = mixed(dice, sentences, len(text))
        document = Document(
            key=f"entry:{number}",
            number=1_000_001 + number,
            kind=dice.choice(KINDS),
            title=title,
            summary=text[:160],
            body=text,
        )
        yield with_facets(document, dice, number)


def mixed(dice: random.Random, sentences: Sequence[str], length: int) -> str:
    """Stretches of sentences that stood together, about ``length`` letters in all."""
    pieces: list[str] = []
    while sum(map(len, pieces)) < length:
        start = dice.randrange(len(sentences))
        pieces.append(" ".join(sentences[start : start + dice.randint(2, 8)]))
    return "\n\n".join(pieces)


# --- queries --------------------------------------------------------------------------------


def queries(
    count: int, documents: Sequence[Document], shorts: Sequence[str], *, seed: int = SEED + 1
) -> list[SearchQuery]:
    """Queries of one to five words that stand in the documents, as people type them.

    Words of one place or of several of the same document, with and without spaces, a year
    or a short form of the glossary now and then; a third with a facet chosen.
    """
    dice = random.Random(seed)
    made = []
    while len(made) < count:
        words = [word for word in thai.cut(dice.choice(documents).body[:3000]) if len(word) > 1]
        if len(words) < 30:
            continue
        start, length = dice.randrange(len(words) - 5), dice.randint(1, 5)
        picked = (
            words[start : start + length] if dice.random() < 0.6 else dice.sample(words, length)
        )
        text = dice.choice(("", " ")).join(picked)
        if dice.random() < 0.15:
            text += f" {dice.randint(2546, 2560)}"
        if dice.random() < 0.15:
            text += f" {dice.choice(shorts)}"
        amphoe = {"community": frozenset({f"amphoe-{dice.randrange(23)}"})}
        made.append(SearchQuery(text=text, facets=amphoe if dice.random() < 0.3 else {}))
    return made
