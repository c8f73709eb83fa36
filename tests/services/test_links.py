"""What [[links]] lead to, as entries come, go and share a title."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.db import db
from app.models import Entry
from app.queries import entries as entry_queries
from app.services import drafts, entries, lifecycle, worker, writing
from app.services.rule_books import prepared
from app.vocabulary import Status
from tests import factories

TITLE = "วิธีเพาะเห็ดฟาง"


def test_a_link_turns_red_when_its_target_is_hidden_and_live_when_it_is_back(app):
    moderator, target = factories.moderator(), factories.page(title=TITLE)
    source = factories.post(body=f"ดู [[{TITLE}]] ก่อน")
    assert "redlink" not in source.html

    lifecycle.hide(moderator, target, reason="ลอง")
    worker.run_due()
    db.session.refresh(source)
    assert "redlink" in source.html

    lifecycle.unhide(moderator, target, reason="ลอง")
    worker.run_due()
    db.session.refresh(source)
    assert "redlink" not in source.html


def test_a_draft_of_the_same_title_takes_no_link_away(app):
    target = factories.page(title=TITLE)
    factories.page(title=TITLE, status=Status.DRAFT)

    source = factories.post(body=f"ดู [[{TITLE}]] ก่อน")

    assert entry_queries.backlinks_to(None, target) == [source]


def test_a_red_link_saved_while_it_is_rendered_anew_turns_live_all_the_same(app, monkeypatch):
    writer = factories.writer()
    linker = factories.post(writer, title="ก", body="ดู [[หน้าใหม่]]")
    later = replace(drafts.draft_of(linker), body="ดู [[หน้าใหม่]] ด้วย")
    red = entries.page_of(later)  # somebody's saving, rendered before the page is there
    factories.page(writer, title="หน้าใหม่")
    page_of, met = entries.page_of, []

    def slow(text):
        page = page_of(text)
        if not met:
            met.append(text)
            db.session.rollback()
            entries.save(writer, db.session.get_one(Entry, linker.id), later, base=1, page=red)
        return page

    monkeypatch.setattr(entries, "page_of", slow)
    while worker.run_due():
        pass
    assert met, "the text was rendered anew"
    db.session.rollback()
    shown = db.session.get_one(Entry, linker.id)
    assert "ด้วย" in shown.html
    assert page_of(drafts.draft_of(shown)).html == shown.html


@pytest.mark.parametrize("words", [" ด้วย", ""], ids=["another text", "the same text"])
def test_a_text_rendered_before_its_target_came_and_saved_after_is_rendered_anew(app, words):
    writer = factories.writer()
    linker = factories.post(writer, title="ก", body="ดู [[หน้าใหม่]]")
    later = replace(drafts.draft_of(linker), body=f"ดู [[หน้าใหม่]]{words}")
    ready, red = prepared(linker, later)
    factories.page(writer, title="หน้าใหม่")
    while worker.run_due():
        pass

    writing.store_over(writer, linker, ready, red, base=1)
    assert "redlink" in linker.html
    while worker.run_due():
        pass
    db.session.refresh(linker)
    assert "redlink" not in linker.html


def test_a_new_text_rendered_before_its_target_went_is_rendered_anew(app):
    writer, target = factories.writer(), factories.page(title=TITLE)
    draft = drafts.Draft(title="ก", body=f"ดู [[{TITLE}]]", kind=target.kind)
    ready, live = prepared(None, draft)
    lifecycle.hide(factories.moderator(), target, reason="ลอง")

    made = writing.store_new(writer, ready, live)
    while worker.run_due():
        pass
    db.session.refresh(made)
    assert "redlink" in made.html


def test_a_text_that_names_itself_links_to_itself_once_it_is_public(app):
    page = factories.page(title=TITLE, body=f"กลับไปที่ [[{TITLE}]] ได้")
    while worker.run_due():
        pass
    db.session.refresh(page)
    assert "redlink" not in page.html and 'href="/pages/' in page.html
