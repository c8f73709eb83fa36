"""Comments: written once, removed by their author, hidden with a reason."""

from __future__ import annotations

import pytest

from app.errors import Forbidden, Invalid, NotFound
from app.queries import entries as queries
from app.services import comments
from app.vocabulary import Status
from tests import factories


def test_a_member_comments_and_the_entry_rises(app):
    entry, member = factories.post(), factories.user()

    comment = comments.add(member, entry, "ขอบคุณที่เล่า")

    assert (comment.number, entry.comment_count) == (1, 1)
    assert queries.freshly_commented(None)[0].id == entry.id


def test_a_comment_sent_twice_stands_once(app):
    entry, member = factories.post(), factories.user()

    comments.add(member, entry, "ครั้งเดียว", form_token="t")
    comments.add(member, entry, "ครั้งเดียว", form_token="t")

    assert entry.comment_count == 1


def test_nobody_comments_on_a_draft(app):
    draft = factories.post(status=Status.DRAFT)

    with pytest.raises(Forbidden):
        comments.add(factories.user(), draft, "เห็นร่างนี้")


@pytest.mark.parametrize("text", ["", "   \n ", "\u200b"])
def test_an_empty_comment_is_refused(app, text):
    with pytest.raises(Invalid):
        comments.add(factories.user(), factories.post(), text)


def test_a_removed_comment_is_gone_and_its_number_is_not_given_again(app):
    entry, member = factories.post(), factories.user()
    first = comments.add(member, entry, "พิมพ์ผิด")

    comments.remove(member, first)
    second = comments.add(member, entry, "พิมพ์ใหม่")

    assert second.number == 2
    assert [c.number for c in queries.comments_of(None, entry)] == [2]
    with pytest.raises(NotFound):
        queries.get_comment(member, entry, 1)


def test_a_stranger_cannot_remove_or_hide_a_comment(app):
    entry = factories.post()
    comment = comments.add(factories.user(), entry, "ของฉัน")

    with pytest.raises(Forbidden):
        comments.remove(factories.user(), comment)
    with pytest.raises(Forbidden):
        comments.hide(factories.user(), comment, reason="ไม่ชอบ")


def test_the_author_of_the_entry_hides_a_comment_and_moderators_still_see_it(app):
    author = factories.writer()
    entry = factories.post(author)
    comment = comments.add(factories.user(), entry, "โฆษณา")

    comments.hide(author, comment, reason="โฆษณา")

    assert queries.comments_of(None, entry) == []
    assert [c.number for c in queries.comments_of(factories.moderator(), entry)] == [1]
    assert entry.comment_count == 0
