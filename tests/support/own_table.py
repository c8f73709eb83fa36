"""Our own table of queries with judgements: read, a site to ask, and what is wrong in a row.

The table is ``tests/search/data/own_table.tsv``; its head says how a row is written.  Rows
are asked of the whole site, as somebody without an account: services.searching, and for
``jump`` the page itself.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import log2
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from flask import current_app
from werkzeug.datastructures import MultiDict

from app import formats
from app.db import db
from app.models import Entry
from app.search.query import SearchQuery
from app.services import comments, importing, searching, worker
from app.services.searching import SearchPage
from tests import factories
from tests.formats.pages import COMMENTS, FULL_TAIL, text_page
from tests.search.test_thai_cases import FIRST, PAGE

DATA = Path(__file__).resolve().parents[1] / "search" / "data"
TABLE = DATA / "own_table.tsv"
LIBRARY = DATA / "library"
GRADED = "graded"
#: The account that wrote the entries of LIBRARY.
AUTHOR, AUTHOR_NAME = "khru-tua-yang", "ครูตัวอย่าง ใจดี"
#: One entry has a comment with a word that stands nowhere else.
COMMENTED, COMMENT = 910013, "บ้านฉันสานด้วยเตยปาหนัน เส้นเล็กกว่าแต่ทนดี"
OLD_TITLE = "สามปีของการออมไปด้วยกัน"
OLD_TAIL = (
    "หมายเลขบันทึก: 140140เขียนเมื่อ 19 ตุลาคม 2007 14:59 น. ()"
    "แก้ไขเมื่อ 11 กุมภาพันธ์ 2012 21:06 น. ()สัญญาอนุญาต: จำนวนที่อ่านจำนวนที่อ่าน:"
)
#: Record numbers in a row's expected column: all of six digits.
NUMBER = re.compile(r"\b[0-9]{6}\b")
_FIRST_LINK = re.compile(r'href="(/(?:posts|lessons|pages|communities|programs)/[^"?#]+)')


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    kind: str
    queries: tuple[str, ...]  # ways to ask; an address begins with "?"
    expected: tuple[str, ...]
    why: str

    @property
    def name(self) -> str:
        return f"{self.kind} {self.queries[0]}"

    @property
    def grades(self) -> dict[int, int]:
        """{record number: grade} of a graded row."""
        pairs = (told.partition("=") for told in self.expected)
        return {int(number): int(grade) for number, _sign, grade in pairs}


def rows() -> Iterator[Row]:
    """The lines of the table, in their order."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        for line in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            said = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), line["query"])
            ways = tuple(said.split(" | "))
            meant = re.findall(r"\?[^0-9]+(?= [0-9]|$)|\S+", line["expected"])
            yield Row(line["kind"], ways, tuple(meant), line["why"])


# --- the site -----------------------------------------------------------------------------------


def fill(folder: Path) -> None:
    """Add to the starter library of this site what the table speaks of, and index it.

    :param folder: an empty one, for the old pages while they are imported.
    """
    old_pages = {
        "140140.txt": old_page(),
        "123456.txt": text_page(tail=FULL_TAIL, comments=COMMENTS),
    }
    author = factories.writer(username=AUTHOR, name=AUTHOR_NAME)
    taken = [importing.import_records(None, formats.read(LIBRARY), author=author)]
    for name, text in old_pages.items():
        (folder / name).write_text(text, "utf-8")
        taken.append(importing.import_records(None, formats.read(folder / name)))
    problems = [said for report in taken for said in report.problems]
    if problems:
        raise ValueError("\n".join(problems))
    entry = db.session.scalar(db.select(Entry).where(Entry.number == COMMENTED))
    comments.add(factories.user(), entry, COMMENT)
    worker.turn(leads=True)


def old_page() -> str:
    """A saved page of the shape that many queries of the table are about."""
    first, rest = PAGE.replace(FIRST, "", 1).strip().split("\n\n", 1)
    body = f"{first}\n\n{FIRST}\n\n{rest}"
    return text_page(title=OLD_TITLE, summary=FIRST, body=body, tail=OLD_TAIL)


def asked(way: str, *, per_page: int = 100) -> SearchPage:
    """What a stranger is shown who types ``way`` or opens its address."""
    pairs = parse_qsl(way[1:]) if way.startswith("?") else [("q", way)]
    query = SearchQuery.from_args(MultiDict([*pairs, ("per_page", str(per_page))]))
    return searching.search(None, query, corrects=True)


def numbers(page: SearchPage) -> list[int]:
    """The record numbers found, in their order."""
    return [found.entry.number for found in page.found]


# --- judging ------------------------------------------------------------------------------------


def faults(row: Row) -> list[str]:
    """What is not as the row says it, for each way to ask; graded rows have none."""
    if row.kind == "jump":
        return [fault for way in row.queries for fault in _jump_faults(way, row.expected[0])]
    found = []
    sets: dict[str, frozenset[int]] = {}
    for way in row.queries:
        page = asked(way)
        sets[way] = frozenset(numbers(page))
        found += [f"{way}: {fault}" for fault in _page_faults(row, page)]
    if "~" in row.expected or row.kind == "facet":
        found += _differences(sets)
    return found


def _page_faults(row: Row, page: SearchPage) -> Iterator[str]:
    """What is wrong with the answer to one way to ask."""
    got = numbers(page)
    if "=" in row.expected:
        wanted = {int(told) for told in row.expected if told.isdecimal()}
        if set(got) != wanted:
            yield f"missing {sorted(wanted - set(got))}, too many {sorted(set(got) - wanted)}"
        return
    for told in row.expected:
        yield from _judged(told, page, got)


def _judged(told: str, page: SearchPage, got: list[int]) -> Iterator[str]:
    """One word of ``expected`` against one answer."""
    if told == "~":
        return
    if told.startswith("?"):
        offered = page.did_you_mean or page.corrected
        if offered != (told[1:] or None):
            yield f"meant {told[1:] or 'nothing else'}, offered {offered}"
    elif told.startswith("#"):
        if page.total != int(told[1:]):
            yield f"found {page.total} entries instead of {told[1:]}: {got[:10]}"
    elif told.startswith("!"):
        if int(told[1:]) in got:
            yield f"{told[1:]} is found, at place {got.index(int(told[1:])) + 1}"
    else:
        choices, _sign, first = told.partition("@")
        wanted = {int(choice) for choice in choices.split("|")}
        if not wanted & set(got[: int(first or len(got))]):
            places = [got.index(one) + 1 for one in wanted if one in got]
            yield f"{told} is not there; places {places or 'none'}, first {got[:5]}"


def _differences(sets: dict[str, frozenset[int]]) -> Iterator[str]:
    first, *others = sets
    for way in others:
        if sets[way] != sets[first]:
            only, also = sorted(sets[first] - sets[way]), sorted(sets[way] - sets[first])
            yield f"{way!r} lacks {only} and adds {also}, beside {first!r}"


def _jump_faults(way: str, wanted: str) -> Iterator[str]:
    """The page must lead to ``wanted`` at once, or show it before anything else."""
    first = first_link(way)
    path = address_of(int(wanted)) if wanted.isdecimal() else wanted
    if not (first == path or first.startswith(f"{path}/")):
        yield f"{way}: {first or 'nothing'} stands first, not {path}"


def first_link(way: str) -> str:
    """Where a search leads: the page that opens by itself, or the first link of the results."""
    answer = current_app.test_client().get("/search", query_string={"q": way})
    if answer.location:
        return unquote(answer.location)
    text = answer.get_data(as_text=True)
    # Filters and other ways to ask may stand before the results, but lead to no page.
    link = _FIRST_LINK.search(text, text.index("<main"))
    return unquote(link[1]) if link else ""


@cache
def address_of(number: int) -> str:
    """The address of an entry without its slug."""
    kind = db.session.scalar(db.select(Entry.kind).where(Entry.number == number))
    return f"/{'lessons' if kind == 'lesson' else 'posts'}/{number}"


def ndcg(found: list[int], grades: dict[int, int], *, first: int = 10) -> float:
    """Normalised discounted cumulative gain over the first hits; gain 2^grade - 1.

    Source: Järvelin and Kekäläinen, ACM TOIS 20(4), 2002; the gain is that of Burges 2005.
    """
    ideal = _gain(sorted(grades.values(), reverse=True)[:first])
    return _gain([grades.get(number, 0) for number in found[:first]]) / ideal


def _gain(grades: list[int]) -> float:
    return sum((2**grade - 1) / log2(place + 2) for place, grade in enumerate(grades))


def graded(search: Callable[[str], SearchPage] = asked) -> dict[str, float]:
    """nDCG@10 of every graded row, by its query."""
    wanted = [row for row in rows() if row.kind == GRADED]
    return {row.queries[0]: ndcg(numbers(search(row.queries[0])), row.grades) for row in wanted}
