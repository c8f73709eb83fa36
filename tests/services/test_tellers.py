"""Tellers without account: consent before publishing, and the code by which they take over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app import clock
from app.db import db, transaction
from app.errors import Forbidden, Invalid
from app.models import Audit, ClaimCode
from app.policy import Permission, can, is_author
from app.queries import people
from app.services import (
    claims,
    entries,
    history,
    proposals,
    renaming,
    revisions,
    telling,
    writing,
)
from app.services.accounts import SignUp
from app.services.drafts import draft_of
from app.services.telling import Consent
from app.vocabulary import AuditAction, ConsentKind, Status
from tests import factories
from tests.support.sql import sql_statements

TELLER = "นางตัวอย่าง ใจดี"
LATER = Consent(kind=ConsentKind.SIGNED, day=date(2007, 1, 5), taken_by="ตัวอย่าง คนที่สอง")


@pytest.fixture(autouse=True)
def time_runs(app):
    yield
    clock.freeze(None)


@pytest.fixture
def recorder(app):
    return factories.writer(name="ตัวอย่าง คนจด")


@pytest.mark.parametrize(
    ("tellers", "consent", "is_taken"),
    [
        ((TELLER,), None, False),
        ((TELLER,), LATER, True),
        ((TELLER, "นายอีกคน"), LATER, True),
        (("@teller",), None, True),
        (("@teller", TELLER), None, False),
        (("ตัวอย่าง คนจด",), None, True),
        ((), None, True),
    ],
    ids=["none", "noted", "two", "an account", "mixed", "the writer", "nobody"],
)
def test_consent_comes_before_publishing(recorder, tellers, consent, is_taken):
    factories.user(username="teller")
    draft = factories.lesson(recorder, tellers=tellers, consent=consent, status=Status.DRAFT)
    if is_taken:
        assert writing.publish(recorder, draft).status is Status.PUBLISHED
        return
    with pytest.raises(Invalid) as refused:
        writing.publish(recorder, draft)
    assert TELLER in refused.value.fields[telling.FIELD][0]
    assert draft.status is Status.DRAFT


@pytest.mark.parametrize("field", ["tellers", "participants"])
def test_a_user_name_that_nobody_has_is_refused_when_it_is_typed(recorder, field):
    entry = factories.page(recorder)
    with pytest.raises(Invalid) as refused:
        writing.save(recorder, entry, replace(draft_of(entry), **{field: ("@later",)}), base=1)
    assert "@later" in refused.value.fields[field][0]


class TestWhoTakesAStoredNameAsUserName:
    """A text of earlier days names “@later”, who had no account; now somebody took the name."""

    @pytest.fixture
    def entry(self, recorder):
        entry = factories.page(recorder, tellers=("later",), consent=LATER)
        entry.people[0].name = "@later"
        newest = history.newest_revision(entry)
        newest.header = {**newest.header, "tellers": ["@later"]}
        db.session.commit()
        return entry

    @pytest.fixture
    def stranger(self, entry):
        return factories.user(username="later")

    def saved(self, recorder, entry, stranger):
        return writing.save(recorder, entry, replace(draft_of(entry), body="แก้คำ"), base=1)

    def proposed(self, recorder, entry, stranger):
        made = proposals.propose(
            stranger, entry, title=entry.title, body="เสนอแก้", base=1, note="คำผิด"
        )
        return proposals.accept(recorder, made, title=made.title, body=made.body, base=1)

    def renamed(self, recorder, entry, stranger):
        return renaming.rename(recorder, entry, title="ชื่อใหม่")

    def gone_back(self, recorder, entry, stranger):
        other = replace(draft_of(entry), tellers=("คนอื่น",), consent=LATER)
        entry = writing.save(recorder, entry, other, base=1)
        assert [person.name for person in entry.tellers] == ["คนอื่น"]
        return revisions.restore(recorder, entry, history.revision_at(entry, 1))

    @pytest.mark.parametrize("way", [saved, proposed, renamed, gone_back])
    def test_becomes_no_writer_by(self, recorder, entry, stranger, way):
        fresh = way(self, recorder, entry, stranger)
        assert [(person.name, person.user_id) for person in fresh.tellers] == [("@later", None)]
        assert not is_author(stranger, fresh)

    def test_is_no_teller_who_agreed(self, recorder, entry, stranger):
        entry.status, entry.people[0].consent = Status.DRAFT, None
        db.session.commit()
        assert "@later" in telling.gaps_of(draft_of(entry), entry, recorder)[telling.FIELD][0]


def test_an_account_of_the_same_name_agrees_for_nobody_else(recorder):
    factories.user(username="teller", name=TELLER)
    draft = factories.lesson(
        recorder, tellers=("@teller", TELLER), consent=None, status=Status.DRAFT
    )
    with pytest.raises(Invalid) as refused:
        writing.publish(recorder, draft)
    assert refused.value.fields[telling.FIELD][0].count(TELLER) == 1


def test_a_teller_who_comes_later_does_not_move_an_earlier_consent(recorder):
    entry = factories.lesson(recorder, tellers=(TELLER,))
    both = replace(draft_of(entry), tellers=(TELLER, "นายอีกคน"), consent=LATER)
    entry = writing.save(recorder, entry, both, base=1)
    assert [one["date"] for one in telling.consents_of(entry)] == ["2006-07-21", "2007-01-05"]
    entry = writing.save(recorder, entry, replace(both, renew_consent=True), base=2)
    assert [one["date"] for one in telling.consents_of(entry)] == ["2007-01-05", "2007-01-05"]


def test_an_old_public_text_is_asked_only_when_its_teller_changes(recorder):
    entry = factories.post(recorder, tellers=(TELLER,))
    entry.people[0].consent = None  # as it was before consents were noted
    db.session.commit()
    draft = draft_of(entry)
    assert telling.gaps_of(replace(draft, body="ใหม่"), entry, recorder) == {}
    assert telling.gaps_of(replace(draft, tellers=("นายอีกคน",)), entry, recorder)


def test_the_index_lists_a_teller_without_the_honorific(recorder):
    factories.lesson(recorder, tellers=(TELLER,))
    factories.lesson(recorder, tellers=("นายกอไก่ ต้นเรียง",), status=Status.DRAFT)
    found = people.tellers()
    assert [(row.name, row.entries) for row in found] == [("ตัวอย่าง คนจด", 1), (TELLER, 1)]
    assert people.count_tellers() == 2


class TestCodes:
    def test_a_code_gives_the_entries_of_its_maker_once(self, recorder):
        entry = factories.lesson(recorder, tellers=(TELLER,))
        elsewhere = factories.lesson(
            factories.writer("tambon-karo"), tellers=(TELLER,), communities=("tambon-karo",)
        )
        code, teller = claims.make_code(recorder, TELLER), factories.user()
        assert not can(teller, Permission.ENTRY_EDIT, entry)

        assert claims.claim(teller, code.upper()) == [entry]

        assert can(teller, Permission.ENTRY_EDIT, entry)
        assert elsewhere.people[0].user_id is None
        assert claims.usable(code) is None
        with pytest.raises(Invalid):
            claims.claim(factories.user(), code)
        assert telling.consents_of(entry), "the consent stays noted"
        edited = writing.save(recorder, entry, replace(draft_of(entry), contact="ที่ศาลา"), base=1)
        assert [person.user_id for person in edited.tellers] == [teller.id]
        deeds = db.session.scalars(db.select(Audit.action)).all()
        assert {AuditAction.CLAIM_CODE, AuditAction.CLAIM} <= set(deeds)

    def test_the_code_itself_is_kept_nowhere(self, recorder):
        factories.lesson(recorder, tellers=(TELLER,))
        code = claims.make_code(recorder, TELLER)
        row = db.session.scalar(db.select(ClaimCode))
        assert code not in (row.code_hash, row.name)

    def test_who_may_make_one(self, recorder):
        factories.lesson(recorder, tellers=(TELLER,))
        assert claims.make_code(factories.facilitator(), TELLER)
        for stranger in (factories.writer(), factories.facilitator("tambon-karo")):
            with pytest.raises(Forbidden):
                claims.make_code(stranger, TELLER)

    def test_what_ends_a_code(self, recorder):
        factories.lesson(recorder, tellers=(TELLER,))
        first = claims.make_code(recorder, TELLER)
        second = claims.make_code(recorder, TELLER)
        assert claims.usable(first) is None
        assert claims.usable(second) is not None
        with pytest.raises(Invalid):
            claims.claim(recorder, second)  # who printed it does not take it
        clock.freeze(clock.now() + timedelta(days=claims.CODE_DAYS, minutes=1))
        assert claims.usable(second) is None

    def test_signing_up_with_a_code_needs_no_invitation(self, recorder):
        entry = factories.post(recorder, tellers=(TELLER,))
        code = claims.make_code(recorder, TELLER)
        form = SignUp(
            login="yai-jaidee", password=factories.PASSWORD, display_name=TELLER, agreed=True
        )
        made = claims.sign_up(form, code=code)
        assert entry.people[0].user_id == made.id
        assert made.community_id == entry.communities[0].id
        assert writing.save(made, entry, replace(draft_of(entry), body="ฉันแก้เอง"), base=1)
        with pytest.raises(Invalid):
            claims.sign_up(replace(form, login="somebody"), code=code)


def test_a_name_of_the_history_that_looks_like_an_account_needs_consent_as_others_do(recorder):
    entry = factories.post(recorder, status=Status.DRAFT)
    with transaction():
        first = history.revision_at(entry, 1)
        first.header = {**first.header, "tellers": ["@later"]}
    factories.user(username="later")
    typed = replace(draft_of(entry), tellers=("@later",))
    assert entries.named_accounts(recorder, entry, typed) == {}, "it stays a name"
    assert telling.FIELD in telling.gaps_of(typed, entry, recorder)


def test_naming_an_account_does_not_read_the_whole_history(recorder):
    entry, friend = factories.post(recorder), factories.writer()
    draft = replace(draft_of(entry), participants=(f"@{friend.username}",))
    with sql_statements() as asked:
        writing.save(recorder, entry, draft, base=1)
    reading = [one for one in asked if one.startswith("SELECT") and "revision.header" in one]
    assert reading
    assert all("LIMIT" in one or "revision.number = " in one for one in reading)
