"""A text that many write: merging, comparing, long histories and saving, measured.

    .venv/bin/python bench/writing/wiki.py [editors] [compare] [history] [save]

In folders of its own that are removed afterwards.  ``editors``: sixteen people with
sessions of their own save one page from one base over HTTP, at a site of two processes,
ten rounds; four of them change the same sentence.
Figures stand in README.md with the machine they came from.
"""

from __future__ import annotations

import http.client
import itertools
import re
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import quote, urlencode

import sqlalchemy as sa
from flask import Flask

sys.path.insert(0, str(Path(__file__).parents[2]))

import config
from app import create_app
from app.db import db, transaction
from app.models import Entry, Revision, User
from app.services import drafts, setup, writing
from app.services.history import newest_revision, revision_at
from app.text import lesson as lesson_text
from app.text import markdown
from app.text.diff import compare_words
from bench import site as bench_site
from tests import factories
from tests.support.sql import sql_statements

EDITORS, ROUNDS, AT_ONE = 16, 10, 4
SENTENCE = "เราคุยกันเรื่องปุ๋ยหมักและบัญชีครัวเรือนที่ศาลากลางหมู่บ้าน แล้วแยกย้ายกันกลับ"
PAGE = "\n\n".join(f"ข้อที่ {n} {SENTENCE}" for n in range(EDITORS))


def main(names: list[str]) -> None:
    for name in names or list(MEASURES):
        print(f"\n{name}")
        with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as app:
            MEASURES[name](app)


@contextmanager
def opened(folder: Path) -> Iterator[Flask]:
    """A prepared empty site, in the context of a request for the services."""
    app = create_app(config.Test(DATA_DIR=folder))
    setup.prepare(app, lambda _said: None)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def changed(text: str, n: int, mark: str) -> str:
    """What editor ``n`` makes of the page: a word in a paragraph; the last ones in the first."""
    at = 0 if n >= EDITORS - AT_ONE + 1 else n
    paragraphs = text.split("\n\n")
    paragraphs[at] = re.sub(r"^\S+ \S+", f"ข้อที่ {mark}", paragraphs[at])
    return "\n\n".join(paragraphs)


# --- many at one page ------------------------------------------------------------------


def editors(app: Flask) -> None:
    people = [factories.writer() for _ in range(EDITORS)]
    page = factories.page(people[0], body=PAGE)
    path = quote(f"/pages/{page.page_slug}/edit")
    desks = [Desk(app, person) for person in people]
    data = Path(app.config["DATA_DIR"])
    env = bench_site.environment(data, CONTENT_DIR="", SECRET_KEY=app.config["SECRET_KEY"])
    db.session.remove()
    seen: Counter[str] = Counter()
    took: list[float] = []
    server = [sys.executable, "-m", "app.serving"]
    with bench_site.serving(server, env, int(env["PORT"])) as (_pid, port):
        for turn in range(ROUNDS):
            for outcome, seconds in one_round(desks, port, path, turn):
                seen[outcome] += 1
                took.append(seconds)
    db.session.remove()
    notes = db.session.scalars(sa.select(Revision.note).where(Revision.entry_id == page.id)).all()
    merged = sum("รวมกับฉบับที่" in (note or "") for note in notes)
    print(f"{EDITORS} editors, {ROUNDS} rounds: {dict(sorted(seen.items()))}")
    print(f"revisions {len(notes) - 1}, of them merged {merged}")
    print(bench_site.told("one save", took))


def one_round(desks: list[Desk], port: int, path: str, turn: int) -> Iterator[tuple[str, float]]:
    """All open the form, all save at once; then whether each text that was taken stands."""
    forms = [desk.form(port, path) for desk in desks]
    gate = threading.Barrier(EDITORS)

    def save(n: int) -> tuple[int, str, float]:
        mark = f"{turn}กข{n}คง"
        body = changed(forms[n]["body"], n, mark)
        gate.wait()
        began = time.perf_counter()
        status, text = desks[n].send(port, path, {**forms[n], "body": body, "action": "save"})
        return status, text, time.perf_counter() - began

    with ThreadPoolExecutor(EDITORS) as pool:
        answers = list(pool.map(save, range(EDITORS)))
    stands = desks[0].form(port, path)["body"]
    for n, (status, text, seconds) in enumerate(answers):
        mark = f"{turn}กข{n}คง"
        if status == 302:
            yield ("saved" if mark in stands else "LOST"), seconds
        elif status == 409:
            yield ("offered again" if mark in text else "LOST"), seconds
        else:
            yield f"status {status}", seconds


class Desk:
    """A browser in which somebody is logged in."""

    def __init__(self, app: Flask, person: User) -> None:
        client = app.test_client()
        with client.session_transaction() as session:
            session.update(_user_id=person.get_id(), _fresh=True, csrf_token="0" * 40)
        cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        self.cookie = f"{cookie.key}={cookie.value}"

    def form(self, port: int, path: str) -> dict[str, str]:
        _status, text = self.send(port, path)
        form = re.search(r'<form class="form form-wide".*?</form>', text, re.S)
        assert form is not None, text[:500]
        found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
        for name in ("title",):
            given = re.search(rf'<input [^>]*name="{name}"[^>]*value="([^"]*)"', form[0])
            found[name] = unescape(given[1]) if given else ""
        body = re.search(r'<textarea[^>]*name="body"[^>]*>\n(.*?)</textarea>', form[0], re.S)
        assert body is not None
        return {**found, "body": unescape(body[1]), "communities": "tambon-bang-chak"}

    def send(self, port: int, path: str, typed: dict[str, str] | None = None) -> tuple[int, str]:
        headers = {"Cookie": self.cookie, "Accept-Language": "th"}
        if typed is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        sent = urlencode(typed) if typed is not None else None
        link.request("GET" if typed is None else "POST", path, sent, headers)
        answer = link.getresponse()
        text = answer.read().decode()
        link.close()
        return answer.status, text


# --- one at a time ---------------------------------------------------------------------


def compare(_app: Flask) -> None:
    lines = [f"{n} {SENTENCE}" for n in range(100_000 // len(f"100 {SENTENCE}".encode()))]
    some = [line.replace("ปุ๋ยหมัก", "น้ำหมัก") if n % 5 == 0 else line for n, line in enumerate(lines)]
    every = [line.replace("ปุ๋ยหมัก", "น้ำหมัก") for line in lines]
    older = "\n\n".join(lines)
    compare_words("ก", "ข")  # the dictionary is read at the first word
    for what, newer in (
        ("one line in five changed", "\n\n".join(some)),
        ("every line changed", "\n\n".join(every)),
        ("the lines turned round", "\n\n".join(reversed(lines))),
        ("another text", "\n\n".join(line[::-1] for line in lines)),
    ):
        took = timed(lambda newer=newer: compare_words(older, newer), 5)
        print(f"{len(older.encode()) / 1000:.0f} kB, {what}: {statistics.median(took):.2f} s")


def history(app: Flask) -> None:
    client = app.test_client()
    for count in (10, 10_000):
        page = factories.page(title=f"หน้า {count}", body=PAGE)
        fill(page, count)
        path = f"/pages/{page.page_slug}/history"
        client.get("/healthz")
        for what, address in (
            ("first page", path),
            ("last page", f"{path}?page={-(-count // 50)}"),
        ):
            # A word that means nothing makes another address: the page is made anew each time.
            fresh = (f"{address}{'&' if '?' in address else '?'}_={n}" for n in itertools.count())
            with sql_statements() as sent:
                client.get(next(fresh))
            took = timed(lambda fresh=fresh: client.get(next(fresh)), 9)
            middle = statistics.median(took) * 1e3
            print(f"{count} revisions, {what}: {len(sent)} statements, {middle:.0f} ms")
        with sql_statements() as sent:
            began = time.perf_counter()
            client.get(f"{path.removesuffix('history')}compare?from=1&to={count}")
            took_ms = (time.perf_counter() - began) * 1e3
        print(
            f"{count} revisions, first and last compared: {len(sent)} statements, {took_ms:.0f} ms"
        )


def fill(page: Entry, count: int) -> None:
    """Give ``page`` copies of its first revision."""
    first = revision_at(page, 1)
    columns = [column for column in sa.inspect(Revision).column_attrs if column.key != "id"]
    row = {column.key: getattr(first, column.key) for column in columns}
    with transaction():
        rows = [{**row, "number": n} for n in range(2, count + 1)]
        db.session.execute(sa.insert(Revision), rows)
        found = db.session.get(Entry, page.id)
        found.revision_number = count


def save(_app: Flask) -> None:
    author = factories.writer()
    links = " ".join(f"[[หน้าที่ {n}]]" for n in range(20))
    for n in range(10):
        factories.page(author, title=f"หน้าที่ {n}", body="มี")
    text = factories.lesson_body(context=f"{links}\n\n" + "\n\n".join([SENTENCE] * 40))
    entry = factories.lesson(author, body=text)
    draft = drafts.draft_of_revision(entry, newest_revision(entry))
    whole, own = [], []
    for n in range(60):
        body = draft.body.replace("นัดกันเดือนละครั้ง", f"นัดกันเดือนละ {n} ครั้ง")
        shown = lesson_text.to_markdown_for_reading(lesson_text.parse(body))
        own += timed(lambda shown=shown: markdown.render(shown), 1)
        at = entry.revision_number
        sent = replace(draft, body=body)
        whole += timed(lambda at=at, sent=sent: writing.save(author, entry, sent, base=at), 1)
    print(f"lesson of {len(text.encode()) / 1000:.0f} kB with {20} links")
    print(bench_site.told("a save", whole))
    print(bench_site.told("Markdown's own", own))
    rest = [all_of - part for all_of, part in zip(whole, own, strict=True)]
    print(bench_site.told("the rest", rest))


def timed(work: Callable[[], object], times: int) -> list[float]:
    """Seconds of each run."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return took


MEASURES: dict[str, Callable[[Flask], None]] = {
    "editors": editors,
    "compare": compare,
    "history": history,
    "save": save,
}

if __name__ == "__main__":
    main(sys.argv[1:])
