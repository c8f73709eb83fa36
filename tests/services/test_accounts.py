"""Accounts: who may give what, what is used up, what is never told."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app import clock
from app.clock import now
from app.db import db
from app.errors import Forbidden, Invalid, NotFound, RateLimited, SignedOut
from app.models import Audit, Consent, Invitation, Program, User
from app.policy import Permission
from app.queries import people
from app.queries import taxonomy as taxonomy_queries
from app.services import (
    access_tokens,
    accounts,
    books,
    consent,
    credentials,
    invitations,
    passwords,
    rights,
    settings,
)
from app.services.accounts import SignUp
from app.services.books import BookDraft
from app.vocabulary import AuditAction, License, Right, TokenScope
from tests import factories
from tests.factories import PASSWORD


def form(login: str = "nok-noi", **changed: object) -> SignUp:
    values = {"login": login, "password": PASSWORD, "display_name": "นางตัวอย่าง ใจดี", "agreed": True}
    return SignUp(**{**values, **changed})  # type: ignore[arg-type]


def invitation(**changed: object) -> str:
    place = factories.community("tambon-bang-chak")
    return invitations.invite(factories.facilitator(), place, **changed)  # type: ignore[arg-type]


def rights_of(user: User) -> set[tuple[Right, str]]:
    return {
        (grant.right, grant.community.slug if grant.community else "")
        for grant in people.rights_of(user)
    }


# --- signing up ------------------------------------------------------------------------


def test_an_invitation_makes_a_writer_of_its_community_and_keeps_the_consent(app):
    user = accounts.sign_up(form(), token=invitation())

    assert user is not None
    assert rights_of(user) == {(Right.WRITER, "tambon-bang-chak")}
    assert user.community.slug == "tambon-bang-chak"
    [given] = people.consents_of(user)
    assert given.text.version == 1
    assert given.given_at <= now()
    assert user.email is None


def test_an_invitation_is_used_up(app):
    token = invitation(uses=2)
    accounts.sign_up(form("first-one"), token=token)
    accounts.sign_up(form("second-one"), token=token)

    with pytest.raises(Invalid) as refused:
        accounts.sign_up(form("third-one"), token=token)

    assert set(refused.value.fields) == {"token"}
    assert people.find_by_username("third-one") is None


def spoil(token: str, **values: object) -> None:
    row = invitations.usable(token)
    assert row is not None
    for name, value in values.items():
        setattr(row, name, value)
    db.session.commit()


@pytest.mark.parametrize(
    ("why", "values"),
    [
        ("too old", {"expires_at": now() - timedelta(minutes=1)}),
        ("called back", {"revoked_at": now()}),
        ("used up", {"uses_left": 0}),
    ],
)
def test_an_invitation_that_counts_no_more(app, why, values):
    token = invitation()
    spoil(token, **values)

    assert invitations.usable(token) is None, why
    with pytest.raises(Invalid):
        accounts.sign_up(form(), token=token)


def test_only_its_maker_and_administrators_call_an_invitation_back(app):
    token = invitation()
    row = invitations.usable(token)

    with pytest.raises(NotFound):
        invitations.revoke(factories.facilitator(), row.id)
    assert invitations.usable(token) is not None

    invitations.revoke(factories.admin(), row.id)
    assert invitations.usable(token) is None


def test_without_an_invitation_the_setting_decides(app):
    with pytest.raises(Invalid) as refused:
        accounts.sign_up(form())
    assert set(refused.value.fields) == {"token"}

    settings.put(None, "sign_up", "open")

    user = accounts.sign_up(form())
    assert user is not None
    assert rights_of(user) == set()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"agreed": False}, "agreed"),
        ({"text_version": 7}, "agreed"),
        ({"password": "สั้น"}, "password"),
        ({"password": "aaaaaaaaaa"}, "password"),
        ({"password": "ก" * 201}, "password"),
        ({"display_name": "  "}, "display_name"),
        ({"display_name": "ก" * 121}, "display_name"),
        ({"email": "not an address"}, "email"),
        ({"login": "มีช่องว่าง ในชื่อ"}, "login"),
        ({"login": "x"}, "login"),
        ({"login": "admin"}, "login"),
        ({"login": "taken-name"}, "login"),
        ({"duty": "ก" * 201}, "duty"),
    ],
)
def test_what_a_sign_up_refuses(app, changed, field):
    factories.user(username="taken-name")
    settings.put(None, "sign_up", "open")

    with pytest.raises(Invalid) as refused:
        accounts.sign_up(form(**changed))

    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize("typed", ["000-234-5678", "๐๐๐ ๒๓๔ ๕๖๗๘", "+66 00 234 5678"])
def test_a_telephone_number_is_one_number_however_it_is_typed(app, typed):
    settings.put(None, "sign_up", "open")
    user = accounts.sign_up(form("0002345678"))

    assert user is not None
    assert "0002345678" not in user.username
    assert accounts.log_in(typed, PASSWORD).id == user.id


def test_a_number_that_has_an_account_says_nothing_and_makes_nothing(app):
    factories.user(phone="0002345678")
    token = invitation()
    before = db.session.scalar(sa.select(sa.func.count(User.id)))

    assert accounts.sign_up(form("0002345678"), token=token) is None

    assert db.session.scalar(sa.select(sa.func.count(User.id))) == before
    assert invitations.usable(token) is None  # used up, as by a new account


def test_a_user_name_that_holds_the_digits_of_a_number_is_not_that_number(app):
    owner = factories.user(phone="0002345678")

    with pytest.raises(Invalid):
        accounts.log_in("x0002345678", PASSWORD)
    assert accounts.log_in("0002345678", PASSWORD).id == owner.id


def test_the_first_administrator_comes_by_a_link_that_works_once(app):
    older, token = invitations.first_admin_token(), invitations.first_admin_token()

    assert invitations.usable(older) is None
    user = accounts.sign_up(form(), token=token)

    assert user is not None
    assert rights_of(user) == {
        (Right.ADMIN, ""),
        (Right.FACILITATOR, taxonomy_queries.province().slug),
    }
    assert invitations.usable(token) is None


# --- who may do what for whom ----------------------------------------------------------

HERE, ELSEWHERE = "tambon-bang-chak", "tambon-karo"
ACTORS = {
    "member": lambda: factories.user(),
    "writer here": lambda: factories.writer(HERE),
    "facilitator here": lambda: factories.facilitator(HERE),
    "facilitator above": lambda: factories.facilitator("amphoe-mueang-nakhon-si-thammarat"),
    "facilitator elsewhere": lambda: factories.facilitator(ELSEWHERE),
    "moderator": lambda: factories.moderator(),
    "admin": lambda: factories.admin(),
}
GIVERS = [
    # right, who may give it at HERE
    (Right.WRITER, {"facilitator here", "facilitator above", "admin"}),
    (Right.FACILITATOR, {"facilitator here", "facilitator above", "admin"}),
    (Right.MODERATOR, {"admin"}),
    (Right.ADMIN, {"admin"}),
]


@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize(("right", "givers"), GIVERS, ids=[row[0].value for row in GIVERS])
def test_who_may_give_and_take_a_right(app, who, right, givers):
    actor, user = ACTORS[who](), factories.user()
    place = factories.community(HERE) if right in (Right.WRITER, Right.FACILITATOR) else None
    wanted = (right, HERE if place else "")

    if who not in givers:
        with pytest.raises(Forbidden):
            rights.grant(actor, user, right, community=place)
        assert rights_of(user) == set()
        return

    rights.grant(actor, user, right, community=place)
    assert rights_of(user) == {wanted}
    rights.revoke(actor, user, right, community=place)
    assert rights_of(user) == set()


@pytest.mark.parametrize("who", ACTORS)
def test_who_may_invite_into_a_community(app, who):
    actor, place = ACTORS[who](), factories.community(HERE)

    if who in ("facilitator here", "facilitator above", "admin"):
        assert invitations.usable(invitations.invite(actor, place)) is not None
    else:
        with pytest.raises(Forbidden):
            invitations.invite(actor, place)


@pytest.mark.parametrize("who", ACTORS)
def test_who_may_block_an_account(app, who):
    actor, user = ACTORS[who](), factories.user()

    if who in ("moderator", "admin"):
        accounts.block(actor, user, reason="ส่งโฆษณาซ้ำ")
        assert user.blocked_at is not None
        accounts.unblock(actor, user, reason="เข้าใจผิด")
        assert user.blocked_at is None
    else:
        with pytest.raises(Forbidden):
            accounts.block(actor, user, reason="ไม่มีสิทธิ์")
        assert user.blocked_at is None


def test_a_right_at_a_program_is_given_by_its_facilitator(app):
    with_right, user = factories.user(), factories.user()
    program = db.session.scalar(sa.select(Program).where(Program.slug == "own-work"))
    if program is None:
        from app.services import programs

        program = programs.propose(None, "งานของชุมชนเอง")
    rights.grant(None, with_right, Right.FACILITATOR, program=program)

    rights.grant(with_right, user, Right.WRITER, program=program)

    [grant] = people.rights_of(user)
    assert (grant.right, grant.program_id) == (Right.WRITER, program.id)


def test_a_right_is_kept_once_and_needs_its_scope(app):
    admin, user, place = factories.admin(), factories.user(), factories.community(HERE)
    rights.grant(admin, user, Right.WRITER, community=place)
    rights.grant(admin, user, Right.WRITER, community=place)

    assert len(people.rights_of(user)) == 1
    with pytest.raises(Invalid):
        rights.grant(admin, user, Right.WRITER)
    with pytest.raises(Invalid):
        rights.grant(admin, user, Right.MODERATOR, community=place)


def test_the_last_administrator_stays(app):
    admin = factories.admin()

    with pytest.raises(Invalid):
        rights.revoke(admin, admin, Right.ADMIN)

    other = factories.admin()
    rights.revoke(admin, other, Right.ADMIN)
    assert rights_of(admin) == {(Right.ADMIN, "")}


def test_nobody_blocks_themselves_and_no_moderator_an_administrator(app):
    moderator, admin = factories.moderator(), factories.admin()

    with pytest.raises(Forbidden):
        accounts.block(moderator, moderator, reason="ลองดู")
    with pytest.raises(Forbidden):
        accounts.block(moderator, admin, reason="ลองดู")
    with pytest.raises(Invalid):
        accounts.block(moderator, factories.user(), reason="  ")


def test_every_change_of_a_right_stands_in_the_log(app):
    admin, user = factories.admin(), factories.user()
    rights.grant(admin, user, Right.MODERATOR)
    rights.revoke(admin, user, Right.MODERATOR)

    rows = db.session.scalars(
        sa.select(Audit).where(Audit.target == f"user:{user.id}").order_by(Audit.id)
    ).all()
    assert [(row.action, row.actor_id) for row in rows] == [
        (AuditAction.RIGHT_GRANT, admin.id),
        (AuditAction.RIGHT_REMOVE, admin.id),
    ]


def test_whom_to_ask_is_near(app):
    here, admin = factories.facilitator(HERE), factories.admin()
    factories.facilitator(ELSEWHERE)
    entry = factories.post(communities=(HERE,))

    assert people.to_ask(Permission.ENTRY_EDIT, entry) == [here]
    assert people.to_ask(Permission.SITE_SET) == [admin]
    assert people.to_ask(None) == [admin]  # nobody looks after the whole province


# --- getting in ------------------------------------------------------------------------


def test_log_in_says_the_same_for_a_wrong_password_and_an_unknown_name(app):
    factories.user(username="known-name")
    blocked = factories.user(username="blocked-name")
    accounts.block(factories.moderator(), blocked, reason="ทดลอง")

    said = []
    for name, password in [
        ("known-name", "ผิดแน่นอน1"),
        ("unknown-name", "ผิดแน่นอน1"),
        ("blocked-name", PASSWORD),
        ("0009999999", PASSWORD),
    ]:
        with pytest.raises(Invalid) as refused:
            accounts.log_in(name, password)
        said.append(refused.value.fields)

    assert all(fields == said[0] for fields in said)
    assert accounts.log_in(" Known-Name ", PASSWORD).username == "known-name"


def test_log_in_is_slowed_for_one_name_however_it_is_typed(app: Flask):
    app.config["RATE_LIMITS"] = True
    factories.user(username="known-name")
    for n in range(passwords.LOG_IN_TRIES):
        with pytest.raises(Invalid):
            accounts.log_in(" " * n + "Known-name", "ผิดแน่นอน1", address="192.0.2.1")

    with pytest.raises(RateLimited) as slowed:
        accounts.log_in("known-name", PASSWORD, address="192.0.2.1")

    assert 0 < slowed.value.retry_after <= passwords.LOG_IN_WINDOW_S
    assert accounts.log_in("known-name", PASSWORD, address="192.0.2.2")


def test_sign_up_and_reset_are_slowed_by_address(app: Flask):
    app.config["RATE_LIMITS"] = True
    for _try in range(accounts.SIGN_UP_TRIES):
        with pytest.raises(Invalid):
            accounts.sign_up(form(), token="x", address="192.0.2.1")
    with pytest.raises(RateLimited):
        accounts.sign_up(form(), token="x", address="192.0.2.1")

    for _try in range(passwords.RESET_TRIES):
        with pytest.raises(Invalid):
            passwords.use_reset_code("a-name", "x", "รหัสผ่านใหม่1", address="192.0.2.1")
    with pytest.raises(RateLimited):
        passwords.use_reset_code("a-name", "x", "รหัสผ่านใหม่1", address="192.0.2.1")


def test_a_new_password_ends_every_session(app):
    user = factories.user()
    session_id = user.get_id()
    assert people.by_session_id(session_id) is user

    passwords.change_password(user, old=PASSWORD, new="รหัสผ่านใหม่1")

    assert people.by_session_id(session_id) is None
    assert people.by_session_id(user.get_id()) is user
    assert accounts.log_in(user.username, "รหัสผ่านใหม่1")
    with pytest.raises(Invalid) as refused:
        passwords.change_password(user, old=PASSWORD, new="อีกรหัสหนึ่ง2")
    assert set(refused.value.fields) == {"old"}


def test_blocking_ends_sessions_and_keys_at_once(app):
    user = factories.user()
    session_id = user.get_id()
    token = access_tokens.make(user, user, scope=TokenScope.WRITE)
    assert access_tokens.user_of(token) == (user, TokenScope.WRITE)

    accounts.block(factories.moderator(), user, reason="ทดลอง")

    assert people.by_session_id(session_id) is None
    assert people.by_session_id(user.get_id()) is None
    with pytest.raises(SignedOut):
        access_tokens.user_of(token)


@pytest.mark.parametrize("session_id", ["", "1", "x.1", "999999.1", "1.x", "๑.๑", "-1.1", "1.1.1"])
def test_a_broken_session_is_nobody(app, session_id):
    assert people.by_session_id(session_id) is None


# --- one-time codes --------------------------------------------------------------------


def test_a_code_sets_one_new_password_once(app):
    user = factories.user(phone="0002345678", community_id=factories.community(HERE).id)
    session_id = user.get_id()
    code = passwords.give_reset_code(factories.facilitator(HERE), user)

    done = passwords.use_reset_code("000 234 5678", f" {code.upper()} ", "รหัสผ่านใหม่1")

    assert done.id == user.id
    assert people.by_session_id(session_id) is None
    assert accounts.log_in("0002345678", "รหัสผ่านใหม่1").id == user.id
    with pytest.raises(Invalid):
        passwords.use_reset_code("0002345678", code, "อีกรหัสหนึ่ง2")


def test_a_code_that_does_not_count_is_refused_in_one_sentence(app):
    admin, user, other = factories.admin(), factories.user(), factories.user()
    older = passwords.give_reset_code(admin, user)
    newer = passwords.give_reset_code(admin, user)
    gone = factories.user()
    code_of_gone = passwords.give_reset_code(admin, gone)
    accounts.block(admin, gone, reason="ทดลอง")

    said = []
    for name, code in [
        (user.username, older),
        (other.username, newer),
        ("nobody-at-all", newer),
        (user.username, "aaaa-bbbb-cccc"),
        (gone.username, code_of_gone),
    ]:
        with pytest.raises(Invalid) as refused:
            passwords.use_reset_code(name, code, "รหัสผ่านใหม่1")
        said.append(refused.value.fields)

    assert all(fields == said[0] for fields in said)
    assert passwords.use_reset_code(user.username, newer, "รหัสผ่านใหม่1")


def test_a_code_is_too_old_after_three_days(app):
    user = factories.user()
    code = passwords.give_reset_code(None, user)
    clock.freeze(now() + timedelta(hours=passwords.RESET_HOURS, minutes=1))
    try:
        with pytest.raises(Invalid):
            passwords.use_reset_code(user.username, code, "รหัสผ่านใหม่1")
    finally:
        clock.freeze(None)


CODE_CASES = [
    # who gives, whose account, allowed, why
    ("facilitator here", "neighbour", True, "a member of the own community"),
    ("facilitator above", "neighbour", True, "a right at a place holds below it"),
    ("facilitator elsewhere", "neighbour", False, "another community"),
    ("writer here", "neighbour", False, "writers give no codes"),
    ("moderator", "neighbour", False, "moderators look after texts"),
    ("admin", "neighbour", True, "administrators may"),
    ("facilitator here", "neighbour with power", False, "no code lets anybody become a moderator"),
    ("admin", "neighbour with power", True, "administrators may"),
    ("facilitator here", "stranger", False, "somebody without a community"),
]


@pytest.mark.parametrize(
    ("who", "whose", "allowed", "why"), CODE_CASES, ids=[row[3] for row in CODE_CASES]
)
def test_who_may_give_a_code(app, who, whose, allowed, why):
    place = None if whose == "stranger" else factories.community(HERE).id
    right = Right.MODERATOR if whose == "neighbour with power" else Right.MEMBER
    actor, user = ACTORS[who](), factories.user(right, community_id=place)

    if allowed:
        assert passwords.give_reset_code(actor, user)
    else:
        with pytest.raises(Forbidden):
            passwords.give_reset_code(actor, user)


# --- consent ---------------------------------------------------------------------------


def test_a_changed_text_is_asked_for_again_and_the_older_one_stays_listed(app):
    user = accounts.sign_up(form(), token=invitation())
    assert not people.must_agree(user)

    text = consent.publish_text(factories.admin(), thai="ข้อความใหม่", english="A new text")

    assert text.version == 2
    assert people.must_agree(user)
    consent.agree(user, version=2)
    assert not people.must_agree(user)
    assert [given.text.version for given in people.consents_of(user)] == [2, 1]
    assert consent.agree(user, version=2) is None  # twice is once
    assert db.session.scalar(sa.select(sa.func.count(Consent.id))) == 2


def test_an_account_of_the_terminal_is_asked_at_the_next_text_only(app):
    user = factories.user()
    assert not people.must_agree(user)
    assert not people.has_agreed(user)

    consent.publish_text(None, thai="ข้อความใหม่", english="A new text")

    assert people.must_agree(user)


def test_consent_counts_for_the_text_that_was_shown(app):
    user = factories.user()
    consent.publish_text(None, thai="ข้อความใหม่", english="A new text")

    with pytest.raises(Invalid):
        consent.agree(user, version=1)
    assert people.consents_of(user) == []


@pytest.mark.parametrize("who", ["moderator", "facilitator here", "member"])
def test_only_administrators_change_the_text(app, who):
    with pytest.raises(Forbidden):
        consent.publish_text(ACTORS[who](), thai="ข้อความใหม่", english="A new text")
    assert people.consent_in_force().version == 1


def test_the_same_text_makes_no_new_version(app):
    text = people.consent_in_force()

    with pytest.raises(Invalid):
        consent.publish_text(None, thai=text.text_th, english=text.text_en)
    with pytest.raises(Invalid) as refused:
        consent.publish_text(None, thai="ข้อความใหม่", english=" ")
    assert set(refused.value.fields) == {"text_en"}


# --- profile, keys, books, settings ----------------------------------------------------


def profile(**changed: object) -> dict[str, object]:
    values: dict[str, object] = {
        name: "" for name in ("display_name", "about", "duty", "school", "field", "email")
    }
    return {**values, "display_name": "นายทดลอง ทำดี", "locale": "th", "community": None, **changed}


def test_a_new_name_reaches_every_text_of_its_owner(app):
    user = factories.writer()
    entry = factories.post(user)
    version = entry.version

    accounts.edit_profile(user, **profile(display_name="ผศ.ดร.ตัวอย่าง ใจดี"))

    assert (user.display_name, user.honorific) == ("ผศ.ดร.ตัวอย่าง ใจดี", "ผศ.ดร.")
    db.session.refresh(entry)
    assert entry.version > version


def test_a_profile_names_every_fault_and_cuts_nothing(app):
    user = factories.user()

    with pytest.raises(Invalid) as refused:
        accounts.edit_profile(
            user, **profile(display_name=" ", about="ก" * 2001, duty="ข" * 201, email="x@y")
        )

    assert set(refused.value.fields) == {"display_name", "about", "duty", "email"}


def test_a_key_is_made_for_oneself_only_and_taken_back_by_its_owner(app):
    user, other = factories.user(), factories.user()
    with pytest.raises(Forbidden):
        access_tokens.make(other, user, scope=TokenScope.READ)
    token = access_tokens.make(user, user, scope=TokenScope.READ, name="เครื่องที่บ้าน")
    [row] = people.tokens_of(user)
    assert token not in (row.token_hash, row.name)

    with pytest.raises(NotFound):
        access_tokens.revoke(other, row.id)
    access_tokens.revoke(user, row.id)

    assert people.tokens_of(user) == []
    with pytest.raises(SignedOut):
        access_tokens.user_of(token)


def test_books_are_made_and_renamed_by_their_owner_alone(app):
    writer, other = factories.writer(), factories.writer()
    first = books.create(writer, BookDraft(title="สมุดปุ๋ยหมัก", license=License.CC_BY_SA_4))
    second = books.create(writer, BookDraft(title="สมุดปุ๋ยหมัก"))
    assert first.slug != second.slug

    with pytest.raises(Forbidden):
        books.edit(other, first, BookDraft(title="ของฉัน"))
    books.edit(writer, first, BookDraft(title="สมุดดินดี", about="เรื่องดิน"))
    assert (first.title, first.about) == ("สมุดดินดี", "เรื่องดิน")

    with pytest.raises(Forbidden):
        books.create(factories.user(), BookDraft(title="สมุด"))
    with pytest.raises(Invalid):
        books.create(writer, BookDraft(title=" "))


def test_a_book_gives_its_licence_to_what_is_written_in_it_first(app):
    writer = factories.writer()
    book = books.first_book(writer)
    db.session.commit()
    books.edit(writer, book, BookDraft(title=book.title, license=License.CC0))

    assert factories.post(writer).license is License.CC0


def test_settings_that_stay_the_same_leave_no_line_in_the_log(app):
    admin = factories.admin()
    settings.put_all(admin, {**settings.DEFAULTS, "bin_days": 45})

    rows = db.session.scalars(sa.select(Audit).where(Audit.action == AuditAction.SETTING)).all()
    assert [(row.target, row.details["value"]) for row in rows] == [("setting:bin_days", 45)]
    assert settings.get("bin_days") == 45
    with pytest.raises(Forbidden):
        settings.put_all(factories.moderator(), {"bin_days": 60})
    with pytest.raises(KeyError):
        settings.put_all(admin, {"unknown": 1})


def test_tokens_of_invitations_are_kept_as_hashes(app):
    token = invitation()

    [row] = db.session.scalars(sa.select(Invitation)).all()
    assert token not in (row.token_hash, str(row.id))
    assert row.token_hash == credentials.hash_of(token)
