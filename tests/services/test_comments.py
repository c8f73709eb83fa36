"""Comments: written once, removed by their author, hidden with a reason."""

from __future__ import annotations

import pytest

from app.db import transaction
from app.errors import Forbidden, Invalid, NotFound, RateLimited
from app.policy import Permission, can
from app.queries import comments as comment_queries
from app.queries import entries as queries
from app.queries import notices as notice_queries
from app.services import comments, settings
from app.vocabulary import NoticeKind, Status
from tests import factories

HERE = "tambon-bang-chak"


def test_a_member_comments_and_the_entry_rises(app):
    entry, member = factories.post(), factories.user()

    comment = comments.add(member, entry, "ขอบคุณที่เล่า")

    assert (comment.number, entry.comment_count) == (1, 1)
    assert queries.freshly_commented(None)[0].id == entry.id


def test_another_comment_from_the_form_behind_back_stands_beside_the_first(app):
    entry, member = factories.post(), factories.user()
    said = ["หนึ่ง", "อีกเรื่องหนึ่งที่เพิ่งนึกออก", "อีกเรื่องหนึ่งที่เพิ่งนึกออก"]
    made = [comments.add(member, entry, text, form_token="t1").number for text in said]
    assert made == [1, 2, 2]


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
    assert [c.number for c in comment_queries.comments_of(None, entry)] == [2]
    with pytest.raises(NotFound):
        comment_queries.get_comment(member, entry, 1)


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

    assert comment_queries.comments_of(None, entry) == []
    assert [c.number for c in comment_queries.comments_of(factories.moderator(), entry)] == [1]
    assert entry.comment_count == 0


class TestTalkOfACommunity:
    """A community has a talk of its own, which belongs to no entry."""

    @pytest.fixture
    def place(self, app):
        return factories.community(HERE)

    def shown(self, place, viewer=None) -> list[tuple[int, str]]:
        return [(one.number, one.body) for one in comment_queries.comments_of(viewer, place)]

    def test_members_talk_and_a_form_sent_twice_says_it_once(self, place):
        member = factories.user()
        for _twice in range(2):
            comments.add(member, place, "น้ำมาแล้วหรือยัง", form_token="t")
        comments.add(factories.user(), place, "มาเมื่อวาน", form_token="t")
        assert self.shown(place) == [(1, "น้ำมาแล้วหรือยัง"), (2, "มาเมื่อวาน")]
        assert self.shown(factories.community("tambon-karo")) == []

    def test_its_facilitators_are_told_but_not_of_their_own_words(self, place):
        guide, other = factories.facilitator(HERE), factories.facilitator("tambon-karo")
        comments.add(factories.user(), place, "ขอถามหน่อย")
        comments.add(guide, place, "ถามได้เลย")
        told = [(one.kind, one.community, one.entry) for one in notice_queries.inbox_of(guide)]
        assert told == [(NoticeKind.TALKED, place, None)]
        assert notice_queries.count_unread(guide) == 1
        assert notice_queries.inbox_of(other) == []

    @pytest.mark.parametrize(
        ("right", "at", "may"),
        [
            ("facilitator", HERE, True),
            ("facilitator", "province-nakhon-si-thammarat", True),
            ("facilitator", "tambon-karo", False),
            ("writer", HERE, False),
            ("member", None, False),
            ("moderator", None, True),
        ],
    )
    def test_who_hides_a_comment_of_it(self, place, right, at, may):
        comment = comments.add(factories.user(), place, "โฆษณา")
        actor = factories.user(right, at)
        if not may:
            with pytest.raises(Forbidden):
                comments.hide(actor, comment, reason="โฆษณา")
            return
        comments.hide(actor, comment, reason="โฆษณา")
        assert self.shown(place) == []
        assert self.shown(place, actor) == [(1, "โฆษณา")]
        comments.unhide(actor, comment, reason="ไม่ใช่โฆษณา")
        assert self.shown(place) == [(1, "โฆษณา")]

    def test_one_removes_ones_own_and_the_number_is_not_given_again(self, place):
        member = factories.user()
        first = comments.add(member, place, "พิมพ์ผิด")
        with pytest.raises(Forbidden):
            comments.remove(factories.facilitator(HERE), first)
        comments.remove(member, first)
        comments.add(member, place, "พิมพ์ใหม่")
        assert self.shown(place, factories.moderator()) == [(2, "พิมพ์ใหม่")]
        with pytest.raises(NotFound):
            comment_queries.get_comment(member, place, 1)

    def test_without_account_or_blocked_nobody_talks(self, place):
        blocked = factories.user()
        with transaction():
            blocked.blocked_at = blocked.created_at
        with pytest.raises(Forbidden):
            comments.add(blocked, place, "ยังอยู่")
        assert not can(None, Permission.COMMENT_ADD, place)

    def test_the_brake_counts_both_kinds_of_comments(self, app, place):
        member, entry = factories.user(), factories.post()
        app.config["RATE_LIMITS"] = True
        for n in range(int(settings.get("comments_per_hour"))):
            comments.add(member, place if n % 2 else entry, f"ครั้งที่ {n}")
        with pytest.raises(RateLimited):
            comments.add(member, place, "อีกครั้ง")

    def test_it_stands_in_no_list_of_entries(self, place):
        entry = factories.post()
        comments.add(factories.user(), place, "คำที่อยู่ในหน้าพูดคุยเท่านั้น")
        assert entry.comment_count == 0
        assert [one.id for one in queries.newest(None)] == [entry.id]
        assert queries.freshly_commented(None) == []
