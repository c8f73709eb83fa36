"""Unsaved text on the server: its owner's alone, bounded, and gone when it is saved or old."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import clock
from app.db import db, transaction
from app.errors import Forbidden, Invalid
from app.models import Autosave
from app.services import autosaves
from tests import factories

TEXT = [("title", "โอ่งน้ำฝน"), ("body", "ปีนี้ฝนมาช้า\nโอ่งเลยแห้ง")]


def count() -> int:
    return db.session.scalar(db.select(db.func.count()).select_from(Autosave)) or 0


def test_the_text_kept_last_stands_and_every_character_of_it(app):
    writer = factories.writer()
    autosaves.keep(writer, "story", [("body", "ครั้งแรก")])

    autosaves.keep(writer, "story", TEXT)

    kept = autosaves.of(writer, "story")
    assert [tuple(pair) for pair in kept.fields] == TEXT
    assert count() == 1


def test_nobody_but_its_owner_is_given_a_kept_text_or_can_remove_it(app):
    writer = factories.writer()
    autosaves.keep(writer, "story", TEXT)

    for other in (factories.writer(), factories.facilitator(), factories.admin()):
        assert autosaves.of(other, "story") is None
        autosaves.remove(other, "story")

    assert autosaves.of(writer, "story") is not None
    autosaves.remove(writer, "story")
    assert autosaves.of(writer, "story") is None


def test_who_may_not_write_keeps_nothing(app):
    theirs = factories.page(factories.writer())

    with pytest.raises(Forbidden):
        autosaves.keep(factories.user(blocked_at=clock.now()), "story", TEXT)
    with pytest.raises(Forbidden):
        autosaves.keep(
            factories.user(blocked_at=clock.now()), str(theirs.number), TEXT, entry=theirs
        )

    assert count() == 0


@pytest.mark.parametrize(
    "form",
    [
        "",
        "Quick",
        "../quick",
        "0",
        "01",
        "๑",
        "quick\n",
        "quick:",
        "quick:a b",
        "012:a",
        "12:",
        "12:a:b",
        "q" * 41,
        "1234567890",
    ],
)
def test_a_form_that_cannot_be_is_refused(app, form):
    with pytest.raises(Invalid):
        autosaves.keep(factories.writer(), form, TEXT)
    assert count() == 0


def test_new_texts_of_one_kind_lie_side_by_side_newest_first(app, monkeypatch):
    writer, start = factories.writer(), clock.now()
    for later, form in enumerate(("story:a", "story:b", "quick:c", "story")):
        monkeypatch.setattr(autosaves, "now", lambda later=later: start + timedelta(minutes=later))
        autosaves.keep(writer, form, TEXT)

    autosaves.remove(writer, "story:x")

    assert [one.form for one in autosaves.begun(writer, "story")] == ["story", "story:b", "story:a"]
    assert autosaves.begun(factories.writer(), "story") == []


@pytest.mark.parametrize("name", ["", "Title", "<b>", "box goal", "ชื่อ", "x" * 61])
def test_a_field_that_no_form_has_is_refused(app, name):
    with pytest.raises(Invalid):
        autosaves.keep(factories.writer(), "story", [*TEXT, (name, "คำ")])
    assert count() == 0


@pytest.mark.parametrize(
    "fields",
    [
        [("body", "ก" * (autosaves.MOST_BYTES // 3 + 1))],
        [("tags", "น้ำ")] * (autosaves.MOST_FIELDS + 1),
    ],
)
def test_more_than_a_form_holds_is_too_large(app, fields):
    writer = factories.writer()
    autosaves.keep(writer, "story", TEXT)

    with pytest.raises(autosaves.TooLarge):
        autosaves.keep(writer, "story", fields)

    assert [tuple(pair) for pair in autosaves.of(writer, "story").fields] == TEXT


def test_as_much_as_a_form_holds_is_kept(app):
    body = "ก" * (autosaves.MOST_BYTES // 3)
    writer = factories.writer()

    autosaves.keep(writer, "story", [("body", body)])

    assert autosaves.of(writer, "story").fields == [["body", body]]


def test_what_is_no_text_of_the_writer_is_left_out(app):
    writer = factories.writer()

    secrets = [(name, "ลับ") for name in autosaves.LEFT_OUT]
    autosaves.keep(writer, "story", [*TEXT, *secrets])

    assert [tuple(pair) for pair in autosaves.of(writer, "story").fields] == TEXT


def test_the_oldest_of_too_many_forms_gives_way_and_only_of_that_writer(app, monkeypatch):
    writer, other = factories.writer(), factories.writer()
    autosaves.keep(other, "story", TEXT)
    start = clock.now()
    names = [str(number) for number in range(1, autosaves.MOST_FORMS + 2)]
    for later, name in enumerate(names):
        monkeypatch.setattr(autosaves, "now", lambda later=later: start + timedelta(minutes=later))
        autosaves.keep(writer, name, TEXT)

    assert autosaves.of(writer, names[0]) is None
    assert all(autosaves.of(writer, name) for name in names[1:])
    assert autosaves.of(other, "story") is not None


def test_what_nobody_came_back_for_goes_after_thirty_days(app, monkeypatch):
    writer, start = factories.writer(), clock.now()
    autosaves.keep(writer, "story", TEXT)
    monkeypatch.setattr(autosaves, "now", lambda: start + timedelta(days=10))
    autosaves.keep(writer, "quick", TEXT)

    monkeypatch.setattr(autosaves, "now", lambda: start + timedelta(days=31))
    autosaves.sweep()

    assert autosaves.of(writer, "story") is None
    assert autosaves.of(writer, "quick") is not None


def test_a_form_of_an_entry_is_named_by_its_number_and_belongs_to_no_other(app):
    writer = factories.writer()
    entry, other = factories.page(writer), factories.page(writer)
    for token in ("a", "b"):
        form = autosaves.form_named(entry.number, token)
        autosaves.keep(writer, form, TEXT, entry=entry, base=1)
        with pytest.raises(Invalid):
            autosaves.keep(writer, form, TEXT, entry=other, base=1)
    names = [one.form for one in autosaves.begun(writer, str(entry.number))]
    assert names == [f"{entry.number}:b", f"{entry.number}:a"]

    with transaction():
        autosaves.forget(other)
    assert count() == 2
    with transaction():
        autosaves.forget(entry)
    assert count() == 0
