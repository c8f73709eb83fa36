"""Literal recall: what stands in an entry is found by its letters.

Random strings of 3 to 12 letters, cut from the texts between letters that stand free
(grapheme borders) and anywhere that is still legal Thai; and all two-letter words of the
dictionary that occur.  A string that is not found while the glossary is known, and is
found without it, is one that a whole-token or never-merge rule excludes: it is told apart.

Documents are indexed 400 at a time with a facet value each, so that the counts of that
facet name every document found, however many.
"""

from __future__ import annotations

import random
import re
import tempfile
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.search import synonyms
from app.search.documents import Document
from app.search.engine import SearchEngine
from app.search.query import MOST_PER_PAGE, SearchQuery
from app.search.registry import open_engine
from app.text import thai
from bench.search import texts
from bench.search.report import Report

#: Documents of one index: as many as a facet counts.
CHUNK = 400
SHORTEST, LONGEST = 3, 12
_RUN = re.compile(f"[{thai.THAI}]{{3,}}")
_CLUSTER = re.compile(f"[\u0e40-\u0e44]?[{thai.THAI}][{thai.MARKS}\u0e30\u0e32\u0e33\u0e45]*")
#: No Thai word begins with a sign that needs a letter before it, nor ends in a leading vowel.
_NO_BEGINNING = re.compile(f"[{thai.MARKS}\u0e2f\u0e30\u0e32\u0e33\u0e45\u0e46]")
_NO_END = re.compile("[\u0e40-\u0e44]$")


@dataclass
class Tally:
    """What was asked of one group, and what came of it."""

    asked: int = 0
    found: int = 0
    by_rule: int = 0  # not found, because the glossary says so
    missed: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Of what no rule excludes."""
        return self.found / max(1, self.asked - self.by_rule)

    def figures(self) -> dict[str, float]:
        return {"recall": self.recall, "asked": self.asked, "excluded_by_rule": self.by_rule}


def run(asked: Namespace, report: Report) -> None:
    """Cut, ask, and tell the share that was found."""
    texts.learn_glossary()
    records = texts.lines(asked.folder, "xquad-th-paragraphs") + texts.lines(
        asked.folder, "thai-news*"
    )
    dice = random.Random(texts.SEED)
    dice.shuffle(records)
    records = records[: asked.documents]
    tallies = {"at grapheme borders": Tally(), "anywhere legal": Tally()}
    words, order = Tally(), Counter[str]()
    share = CHUNK / len(records)
    for start in range(0, len(records), CHUNK):
        documents = texts.plain_documents(records[start : start + CHUNK])
        with indexed(asked.engine, documents) as engine:
            for name, cut in (("at grapheme borders", clusters), ("anywhere legal", anywhere)):
                ask_strings(
                    engine, documents, tallies[name], round(asked.strings * share), cut, dice
                )
            ask_words(engine, documents, words, order)
    for name, tally in tallies.items():
        report.tell(f"strings of 3 to 12 letters, {name}", **tally.figures())
    inside = order["letters found"] / max(1, order["letters"])
    report.tell("words of two letters", **words.figures(), inside_words_as_well=inside)
    pairs = order["right"] + order["wrong"]
    report.tell("whole words before finds inside words", share=order["right"] / max(1, pairs))
    if asked.missed:
        for tally in (*tallies.values(), words):
            print("\n".join(tally.missed[: asked.missed]))


@contextmanager
def indexed(name: str, documents: Sequence[Document]) -> Iterator[SearchEngine]:
    """An engine over ``documents`` in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(name, Path(folder), create=True)
        engine.rebuild(iter(documents), sequence=1)
        yield engine
        engine.close()


# --- strings --------------------------------------------------------------------------------


def clusters(run: str, dice: random.Random) -> str:
    """A stretch of ``run`` between grapheme borders."""
    borders = [match.start() for match in _CLUSTER.finditer(run)] + [len(run)]
    start = dice.randrange(len(borders) - 1)
    wanted = borders[start] + dice.randint(SHORTEST, LONGEST)
    stop = next((border for border in borders if border >= wanted), len(run))
    return run[borders[start] : stop]


def anywhere(run: str, dice: random.Random) -> str:
    """A stretch of ``run`` that a person could type, whatever letters it parts."""
    start = dice.randrange(len(run))
    return run[start : start + dice.randint(SHORTEST, LONGEST)]


def is_legal(text: str) -> bool:
    return len(text) >= SHORTEST and not _NO_BEGINNING.match(text) and not _NO_END.search(text)


def ask_strings(
    engine: SearchEngine,
    documents: Sequence[Document],
    tally: Tally,
    count: int,
    cut: Callable[[str, random.Random], str],
    dice: random.Random,
) -> None:
    """``count`` strings of the documents: is the one they came from found?"""
    runs = [(place, _RUN.findall(thai.fold(one.body))) for place, one in enumerate(documents)]
    runs = [(place, found) for place, found in runs if found]
    asked = 0
    while asked < count:
        place, found = dice.choice(runs)
        text = cut(dice.choice(found), dice)
        if not is_legal(text):
            continue
        asked += 1
        count_one(engine, tally, text, {f"d{place}"})


def count_one(engine: SearchEngine, tally: Tally, text: str, wanted: set[str]) -> set[str]:
    """Note which of the ``wanted`` documents ``text`` finds; returns all that it finds."""
    found = found_by(engine, text)
    missing = wanted - found
    tally.asked += len(wanted)
    tally.found += len(wanted - missing)
    if not missing:
        return found
    known = synonyms.current().rows
    synonyms.learn([])
    by_rule = missing & found_by(engine, text)
    synonyms.learn(known)
    tally.by_rule += len(by_rule)
    if missing - by_rule:
        tally.missed.append(f"{text}  not in {sorted(missing - by_rule)[:3]}")
    return found


def found_by(engine: SearchEngine, text: str) -> set[str]:
    """The facet values of all documents that ``text`` finds."""
    result = engine.search(SearchQuery(text=text, per_page=1), audience=texts.AUDIENCE)
    return {row.slug for row in result.facets["community"] if row.count}


# --- words of two letters -------------------------------------------------------------------


def two_letter_words() -> list[str]:
    """The words of the dictionary that are two letters long."""
    words, compounds = thai.load_words(thai.word_lines())
    return sorted(word for word in words | compounds if re.fullmatch(f"[{thai.THAI}]{{2}}", word))


def ask_words(
    engine: SearchEngine, documents: Sequence[Document], tally: Tally, order: Counter[str]
) -> None:
    """Every two-letter word: are all that hold it found, those first that hold it as a word?"""
    folded = [thai.fold(one.body) for one in documents]
    cut = [set(thai.cut(text)) for text in folded]
    for word in two_letter_words():
        whole = {f"d{place}" for place, words in enumerate(cut) if word in words}
        if not whole:
            continue
        found = count_one(engine, tally, word, whole)
        letters = {f"d{place}" for place, text in enumerate(folded) if word in text}
        order["letters"] += len(letters)
        order["letters found"] += len(letters & found)
        if letters - whole:
            pairs_in_order(ranked(engine, documents, word), whole, letters - whole, order)


def ranked(engine: SearchEngine, documents: Sequence[Document], text: str) -> Iterator[str]:
    """The facet values of all hits, best first, page after page."""
    name_of = {document.number: document.communities[0] for document in documents}
    for page in range(1, -(-len(documents) // MOST_PER_PAGE) + 1):
        query = SearchQuery(text=text, page=page, per_page=MOST_PER_PAGE)
        hits = engine.search(query, audience=texts.AUDIENCE).hits
        yield from (name_of[hit.number] for hit in hits)
        if len(hits) < MOST_PER_PAGE:
            return


def pairs_in_order(
    names: Iterator[str], whole: set[str], inside: set[str], order: Counter[str]
) -> None:
    """Count pairs of a whole-word find and an inside find, by whether the whole stands first."""
    seen_whole = seen_inside = wrong = 0
    for name in names:
        if name in inside:
            seen_inside += 1
        elif name in whole:
            seen_whole += 1
            wrong += seen_inside
    order["wrong"] += wrong
    order["right"] += seen_whole * seen_inside - wrong
