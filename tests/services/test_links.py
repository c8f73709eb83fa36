"""What [[links]] lead to, as entries come, go and share a title."""

from __future__ import annotations

from app.db import db
from app.queries import entries as entry_queries
from app.services import entries, worker
from app.vocabulary import Status
from tests import factories

TITLE = "วิธีเพาะเห็ดฟาง"


def test_a_link_turns_red_when_its_target_is_hidden_and_live_when_it_is_back(app):
    moderator, target = factories.moderator(), factories.page(title=TITLE)
    source = factories.post(body=f"ดู [[{TITLE}]] ก่อน")
    assert "redlink" not in source.html

    entries.hide(moderator, target, reason="ลอง")
    worker.run_due()
    db.session.refresh(source)
    assert "redlink" in source.html

    entries.unhide(moderator, target, reason="ลอง")
    worker.run_due()
    db.session.refresh(source)
    assert "redlink" not in source.html


def test_a_draft_of_the_same_title_takes_no_link_away(app):
    target = factories.page(title=TITLE)
    factories.page(title=TITLE, status=Status.DRAFT)

    source = factories.post(body=f"ดู [[{TITLE}]] ก่อน")

    assert entry_queries.backlinks_to(None, target) == [source]
