"""Ways around the rules that somebody tried, and that stay shut."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread

import pytest

from app.db import db, transaction
from app.errors import Forbidden, Invalid, NotFound
from app.models import Entry, RightGrant, User
from app.policy import Permission, can
from app.services import accounts, comments, invitations, lifecycle, passwords, rights, writing
from app.services.accounts import SignUp
from app.services.drafts import Draft, draft_of
from app.vocabulary import CommentStatus, EntryKind, LessonForm, Right, Status
from tests import factories

HERE, ABOVE = "tambon-bang-chak", "amphoe-mueang-nakhon-si-thammarat"


# --- hiding ----------------------------------------------------------------------------


def test_the_author_does_not_undo_hiding_by_publishing_or_withdrawing(app):
    author = factories.writer()
    entry = factories.post(author, status=Status.HIDDEN)

    for deed in (writing.publish, lifecycle.withdraw):
        with pytest.raises(Forbidden):
            deed(author, entry)

    assert db.session.get(Entry, entry.id).status is Status.HIDDEN
    assert can(author, Permission.ENTRY_EDIT, entry)  # mending it is welcome


@pytest.mark.parametrize("status", [Status.HIDDEN, Status.BINNED])
def test_a_facilitator_of_one_place_publishes_nothing_that_was_taken_away(app, status):
    entry = factories.post(status=status, communities=(HERE, "tambon-karo"))

    with pytest.raises(Forbidden):
        writing.publish(factories.facilitator(HERE), entry)


def test_a_facilitator_publishes_what_waits(app):
    entry = factories.post(status=Status.WAITING)

    assert writing.publish(factories.facilitator(HERE), entry).status is Status.PUBLISHED


def test_a_text_that_was_emptied_meanwhile_does_not_become_public(app):
    author = factories.writer()
    entry = factories.post(author, status=Status.DRAFT)
    assert entry.body  # read before the other saving

    def empty_it() -> None:
        with app.app_context():
            mine, me = db.session.get_one(Entry, number), db.session.get_one(User, who)
            writing.save(me, mine, replace(draft_of(mine), body=""), base=1)

    number, who = entry.id, author.id
    other = Thread(target=empty_it)
    other.start()
    other.join()
    with pytest.raises(Invalid) as lacking:
        writing.publish(author, entry)

    assert lacking.value.fields.keys() == {"body"}
    assert db.session.get_one(Entry, number).status is Status.DRAFT


def test_the_bin_does_not_turn_a_hidden_draft_into_a_public_text(app):
    author, moderator = factories.writer(), factories.moderator()
    entry = factories.post(author, status=Status.WAITING)
    lifecycle.hide(moderator, entry, reason="ลอง")
    lifecycle.bin_entry(author, entry)
    lifecycle.restore(author, entry)

    lifecycle.unhide(moderator, entry, reason="ลอง")

    assert entry.status is not Status.PUBLISHED


def test_a_moderator_takes_away_by_hiding_which_asks_for_a_reason(app):
    entry = factories.post()

    with pytest.raises(Forbidden):
        lifecycle.bin_entry(factories.moderator(), entry)
    with pytest.raises(Invalid):
        lifecycle.hide(factories.moderator(), entry, reason=" ")


def test_a_removed_comment_does_not_come_back(app):
    writer, entry = factories.user(), factories.post()
    comment = comments.add(writer, entry, "ลบแล้วลบเลย")
    comments.remove(writer, comment)

    for deed in (comments.hide, comments.unhide):
        with pytest.raises(NotFound):
            deed(factories.moderator(), comment, reason="ลอง")

    db.session.refresh(comment)
    assert comment.status is CommentStatus.REMOVED


# --- becoming a writer of somebody else's text --------------------------------------------


def changed(entry: Entry, **fields) -> Draft:
    return Draft(
        kind=EntryKind.LESSON,
        form=LessonForm.FULL,
        title=entry.title,
        body=entry.body,
        communities=(HERE,),
        programs=("own-work",),
        years=(2549,),
        **fields,
    )


def test_a_wiki_writer_does_not_become_the_teller_of_somebody_elses_lesson(app):
    entry, neighbour = factories.lesson(), factories.writer(HERE)

    with pytest.raises(Invalid) as refused:
        writing.save(neighbour, entry, changed(entry, tellers=(f"@{neighbour.username}",)), base=1)

    assert "tellers" in refused.value.fields
    assert not can(neighbour, Permission.ENTRY_READ_EARLIER, db.session.get(Entry, entry.id))


def test_the_author_names_the_account_of_a_teller_and_others_keep_it(app):
    author, teller, neighbour = factories.writer(), factories.user(), factories.writer(HERE)
    entry = factories.lesson(author, tellers=(f"@{teller.username}",))

    writing.save(
        neighbour,
        entry,
        changed(entry, tellers=(f"@{teller.username}",), contact="ที่ศาลาหมู่บ้าน"),
        base=1,
    )

    assert [person.user_id for person in entry.tellers] == [teller.id]


# --- accounts -------------------------------------------------------------------------------


def test_no_one_time_code_for_somebody_who_looks_after_more(app):
    small, large = factories.facilitator(HERE), factories.facilitator(ABOVE)
    with transaction():
        large.community_id = factories.community(HERE).id

    with pytest.raises(Forbidden):
        passwords.give_reset_code(small, large)

    equal = factories.facilitator(HERE)
    assert passwords.give_reset_code(small, equal)


def test_a_code_from_before_does_not_open_the_account_of_a_new_administrator(app):
    member = factories.user()
    code = passwords.give_reset_code(None, member)
    rights.grant(None, member, Right.ADMIN)

    with pytest.raises(Invalid):
        passwords.use_reset_code(member.username, code, "รหัสใหม่ 1234")


def test_a_changed_password_ends_the_codes_that_were_given(app):
    member = factories.user()
    code = passwords.give_reset_code(None, member)
    passwords.change_password(member, old=factories.PASSWORD, new="รหัสใหม่ 1234")

    with pytest.raises(Invalid):
        passwords.use_reset_code(member.username, code, "รหัสอื่น 12345")


@pytest.mark.parametrize("ended", ["right", "account"])
def test_an_invitation_ends_with_the_right_of_whoever_made_it(app, ended):
    facilitator = factories.facilitator(HERE)
    token = invitations.invite(facilitator, factories.community(HERE), right=Right.FACILITATOR)
    assert invitations.usable(token) is not None
    if ended == "right":
        rights.revoke(None, facilitator, Right.FACILITATOR, community=factories.community(HERE))
    else:
        accounts.block(factories.moderator(), facilitator, reason="ลอง")

    form = SignUp(login="khon-mai", password="ปลาทูว่ายน้ำ7", display_name="คนใหม่", agreed=True)
    with pytest.raises(Invalid):
        accounts.sign_up(form, token=token)


def test_a_blocked_administrator_does_not_count_as_the_last_one(app):
    one, other = factories.admin(), factories.admin()
    accounts.block(one, other, reason="ลอง")

    with pytest.raises(Invalid):
        rights.revoke(one, one, Right.ADMIN)
    rights.revoke(one, other, Right.ADMIN)

    left = db.session.scalars(db.select(RightGrant).where(RightGrant.right == Right.ADMIN)).all()
    assert [grant.user_id for grant in left] == [one.id]


def test_taking_part_is_no_way_to_become_the_teller(app):
    entry, neighbour = factories.lesson(), factories.writer(HERE)
    me = (f"@{neighbour.username}",)
    writing.save(neighbour, entry, changed(entry, participants=me), base=1)

    with pytest.raises(Invalid):
        writing.save(neighbour, entry, changed(entry, participants=me, tellers=me), base=2)
