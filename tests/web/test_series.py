"""Texts in parts: numbered, in an order, each leading to the one before and the next."""

from __future__ import annotations

import re

import pytest

from app.db import db, transaction
from app.errors import Forbidden, Invalid, NotFound
from app.models import Entry, Series, SeriesPart
from app.queries import series as queries
from app.services import bin as entry_bin
from app.services import coauthors, lifecycle, series
from app.services.bin import KEPT_DAYS
from app.vocabulary import Status
from tests import factories

TITLE = "ปุ๋ยหมักสามปี"


@pytest.fixture
def owner(app):
    return factories.writer(name="ตัวอย่าง คนเรียง")


@pytest.fixture
def desk(client, sign_in, owner):
    return sign_in(client, owner)


def three(owner, *statuses: Status) -> tuple[Series, list[Entry]]:
    """A series of posts ก, ข, ค, public unless told otherwise."""
    wanted = statuses or (Status.PUBLISHED,) * 3
    parts = [
        factories.post(owner, title=f"ตอน {letter}", status=_before_the_bin(status))
        for letter, status in zip("กขค", wanted, strict=True)
    ]
    made = series.begin(owner, TITLE, parts[0])
    for part in parts[1:]:
        series.add(owner, made, part)
    for part, status in zip(parts, wanted, strict=True):
        if status is Status.BINNED:
            lifecycle.bin_entry(owner, part)
    return made, parts


def _before_the_bin(status: Status) -> Status:
    return Status.PUBLISHED if status is Status.BINNED else status


def order(viewer, made: Series) -> list[tuple[int | None, str]]:
    db.session.expire_all()
    return [(part.number, part.entry.title[-1]) for part in queries.parts_of(viewer, made)]


def around(viewer, entry: Entry) -> tuple[int | None, int, str, str]:
    """(number, of how many, letter before, letter after) of a part."""
    place = queries.place_of(viewer, entry)
    assert place is not None
    before, after = (one.title[-1] if one else "" for one in (place.previous, place.next))
    return place.number, place.total, before, after


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def press(desk, page: str, action: str, **fields: str):
    """Send the form of a page that has this action."""
    shown = desk.get(page).text
    assert f'action="{action}"' in shown, f"{page} has no form for {action}"
    return desk.post(action, data={"csrf_token": token_of(shown), **fields})


def test_a_part_leads_to_the_one_before_and_the_next(app, owner):
    made, (first, second, third) = three(owner)

    assert [around(None, part) for part in (first, second, third)] == [
        (1, 3, "", "ข"),
        (2, 3, "ก", "ค"),
        (3, 3, "ข", ""),
    ]
    page = app.test_client().get(f"/posts/{second.number}")
    assert "ตอนที่ 2 จาก 3 ของชุด" in page.text
    assert f'href="/series/{made.id}"' in page.text
    assert f'rel="prev" href="/posts/{first.number}"' in page.text
    assert f'rel="next" href="/posts/{third.number}"' in page.text
    assert "Set-Cookie" not in page.headers


def test_the_page_of_a_series_lists_its_parts_and_can_be_followed(app, owner):
    made, parts = three(owner)
    stranger = app.test_client()

    page = stranger.get(f"/series/{made.id}")

    assert re.findall(r"ตอนที่ (\d)<", page.text) == ["1", "2", "3"]
    assert "Set-Cookie" not in page.headers and "csrf_token" not in page.text
    places = [page.text.index(f"/posts/{part.number}") for part in parts]
    assert places == sorted(places)
    feed = stranger.get(f"/series/{made.id}/feed.atom").text
    assert feed.index("ตอน ค") < feed.index("ตอน ก")


@pytest.mark.parametrize("status", [Status.DRAFT, Status.WAITING, Status.HIDDEN, Status.BINNED])
def test_a_part_out_of_sight_leaves_no_trace_for_strangers(app, owner, status):
    made, (first, second, third) = three(owner, Status.PUBLISHED, status, Status.PUBLISHED)
    stranger = app.test_client()

    assert order(None, made) == [(1, "ก"), (2, "ค")]
    assert around(None, first) == (1, 2, "", "ค")
    assert around(None, third) == (2, 2, "ก", "")
    for path in (f"/series/{made.id}", f"/posts/{first.number}", f"/series/{made.id}/feed.atom"):
        page = stranger.get(path).text
        assert second.title not in page
        assert f"/posts/{second.number}" not in page


def test_whoever_reads_a_draft_sees_it_in_its_place_without_a_number(app, owner):
    made, (_first, second, _third) = three(owner, Status.PUBLISHED, Status.DRAFT, Status.PUBLISHED)

    assert order(owner, made) == [(1, "ก"), (None, "ข"), (2, "ค")]
    assert around(owner, second) == (None, 2, "ก", "ค")


def test_a_series_without_a_public_part_is_its_writers_alone(app, owner):
    made, _parts = three(owner, Status.DRAFT, Status.DRAFT, Status.DRAFT)
    stranger = app.test_client()

    assert stranger.get(f"/series/{made.id}").status_code == 404
    assert stranger.get(f"/series/{made.id}/feed.atom").status_code == 404
    assert queries.get(owner, made.id) is made


def test_the_buttons_bring_the_parts_in_order(app, desk, owner):
    made, (first, _second, third) = three(owner)
    edit = f"/series/{made.id}/edit"
    shown = desk.get(edit).text
    assert shown.count('value="up"') == shown.count('value="down"') == 2

    up = f"/series/{made.id}/parts/{third.number}/place"
    assert press(desk, edit, up, step="up").status_code == 302
    assert order(None, made) == [(1, "ก"), (2, "ค"), (3, "ข")]
    down = f"/series/{made.id}/parts/{first.number}/place"
    press(desk, edit, down, step="down")
    assert order(None, made) == [(1, "ค"), (2, "ก"), (3, "ข")]
    series.move(owner, made, third, by=-1)  # it is the first already
    assert order(None, made) == [(1, "ค"), (2, "ก"), (3, "ข")]
    assert desk.post(up, data={"csrf_token": token_of(shown), "step": "side"}).status_code == 404


def test_a_series_begins_at_a_text_and_grows_by_the_form(app, desk, owner):
    first, second = factories.post(owner, title="ตอน ก"), factories.post(owner, title="ตอน ข")
    begin = f"/series/new?entry={first.number}"
    assert f'href="{begin}"' in desk.get(f"/posts/{first.number}").text

    empty = press(desk, begin, "/series/new", entry=str(first.number), title=" ")
    assert empty.status_code == 422
    assert "ตอน ก" in empty.text
    answer = press(desk, begin, "/series/new", entry=str(first.number), title=TITLE)
    made = db.session.scalars(db.select(Series)).one()
    edit = f"/series/{made.id}/edit"
    assert answer.headers["Location"] == edit
    added = press(desk, edit, f"/series/{made.id}/parts", entry=str(second.number))
    assert added.headers["Location"] == edit
    sent = {"csrf_token": token_of(desk.get(edit).text), "entry": str(second.number)}
    again = desk.post(f"/series/{made.id}/parts", data=sent)
    assert again.status_code == 422

    assert order(None, made) == [(1, "ก"), (2, "ข")]
    third = factories.post(owner, title="ตอน ค")
    offered = desk.get(f"/series/new?entry={third.number}").text
    assert f'action="/series/{made.id}/parts"' in offered
    assert f'href="{edit}"' in desk.get("/account").text


def test_the_form_sent_twice_makes_one_series_and_lands_on_it(app, desk, owner):
    first = factories.post(owner)
    for entry in (str(first.number), ""):
        page = f"/series/new?entry={entry}"
        sent = {"csrf_token": token_of(desk.get(page).text), "entry": entry, "title": TITLE + entry}
        answers = [desk.post("/series/new", data=sent) for _again in range(2)]
        assert [answer.status_code for answer in answers] == [302, 302]
        assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert db.session.query(Series).count() == 2


def test_a_part_moves_past_the_next_one_that_is_seen(app, desk, owner):
    made, (_first, second, third) = three(owner)
    lifecycle.bin_entry(owner, second)

    series.move(owner, made, third, by=-1)
    assert order(None, made) == [(1, "ค"), (2, "ก")]
    series.move(owner, made, third, by=1)
    assert order(None, made) == [(1, "ก"), (2, "ค")]

    lifecycle.restore(owner, second)
    assert {letter for _number, letter in order(owner, made)} == {"ก", "ข", "ค"}


def test_the_owner_takes_out_what_she_may_not_read_any_more(app, desk, owner):
    author = factories.writer()
    made, _parts = three(owner)
    ours = factories.post(author, title="ลับ ง", coauthors=(f"@{owner.username}",))
    series.add(owner, made, ours)
    coauthors.step_back(owner, ours)
    lifecycle.bin_entry(author, ours)
    edit, out = f"/series/{made.id}/edit", f"/series/{made.id}/parts/{ours.number}/removal"
    assert "ลับ" not in desk.get(edit).text

    assert press(desk, edit, out).status_code == 302

    assert f"#{ours.number}" not in desk.get(edit).text
    lifecycle.restore(author, ours)
    assert order(None, made) == [(1, "ก"), (2, "ข"), (3, "ค")]


def test_it_is_renamed_and_dissolved_and_the_texts_stay(app, desk, owner):
    made, parts = three(owner)
    edit = f"/series/{made.id}/edit"

    press(desk, edit, edit, title="ปุ๋ยหมักสี่ปี")
    assert "ปุ๋ยหมักสี่ปี" in app.test_client().get(f"/posts/{parts[0].number}").text
    press(desk, edit, f"/series/{made.id}/dissolution")

    assert app.test_client().get(f"/series/{made.id}").status_code == 404
    page = app.test_client().get(f"/posts/{parts[0].number}")
    assert page.status_code == 200
    assert "ปุ๋ยหมักสี่ปี" not in page.text
    assert db.session.scalars(db.select(SeriesPart)).all() == []


DEEDS = {
    "add": lambda owner, made, parts, more: series.add(owner, made, more),
    "move": lambda owner, made, parts, more: series.move(owner, made, parts[0], by=1),
    "remove": lambda owner, made, parts, more: series.remove(owner, made, parts[1]),
    "rename": lambda owner, made, parts, more: series.rename(owner, made, "อื่น"),
    "dissolve": lambda owner, made, parts, more: series.dissolve(owner, made),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_every_deed_renews_the_kept_pages_of_all_parts(app, owner, deed):
    made, parts = three(owner)
    more = factories.post(owner, title="ตอน ง")
    db.session.expire_all()
    before = [part.version for part in parts]

    DEEDS[deed](owner, made, parts, more)

    db.session.expire_all()
    assert all(part.version > was for part, was in zip(parts, before, strict=True))


@pytest.mark.parametrize("deed", DEEDS)
def test_only_its_owner_changes_a_series(app, owner, deed):
    made, parts = three(owner)
    other = factories.facilitator()
    more = factories.post(other, title="ตอน ง")

    with pytest.raises(Forbidden):
        DEEDS[deed](other, made, parts, more)

    assert order(None, made) == [(1, "ก"), (2, "ข"), (3, "ค")]


def test_a_co_author_puts_in_what_she_wrote_too_and_its_author_takes_it_out(app, owner):
    author = factories.writer()
    made, parts = three(owner)
    ours = factories.post(author, title="ตอน ง", coauthors=(f"@{owner.username}",))
    theirs = factories.post(author, title="ตอน จ")

    series.add(owner, made, ours)
    with pytest.raises(Forbidden):
        series.add(owner, made, theirs)
    assert order(None, made)[-1] == (4, "ง")
    series.remove(author, made, ours)

    assert order(None, made) == [(1, "ก"), (2, "ข"), (3, "ค")]
    with pytest.raises(Forbidden):
        series.remove(author, made, parts[0])


def test_whoever_takes_out_what_she_wrote_too_lands_on_a_page_that_is_hers(
    app, client, sign_in, owner
):
    """The form of the series is its owner's alone; the text is hers."""
    author = factories.writer()
    made, _parts = three(owner)
    ours = factories.post(author, title="ตอน ง", coauthors=(f"@{owner.username}",))
    series.add(owner, made, ours)
    desk = sign_in(client, author)
    token = re.search(r'name="csrf_token" value="([^"]+)"', desk.get(f"/posts/{ours.number}").text)

    answer = desk.post(
        f"/series/{made.id}/parts/{ours.number}/removal", data={"csrf_token": token[1]}
    )

    assert answer.headers["Location"] == f"/posts/{ours.number}"
    landed = desk.get(answer.headers["Location"])
    assert landed.status_code == 200 and "เอาออกจากเรื่องหลายตอนแล้ว" in landed.text


def test_a_text_is_in_one_series_and_a_name_is_used_once(app, owner):
    made, parts = three(owner)
    lone = factories.post(owner)

    with pytest.raises(Invalid, match="entry"):
        series.begin(owner, "อีกชุด", parts[0])
    with pytest.raises(Invalid, match="title"):
        series.begin(owner, TITLE)
    with pytest.raises(NotFound):
        series.move(owner, made, lone, by=1)
    assert db.session.scalars(db.select(Series.title)).all() == [TITLE]


def test_a_binned_part_comes_back_to_its_place_and_leaves_it_when_the_bin_is_emptied(app, owner):
    made, (_first, second, _third) = three(owner)

    lifecycle.bin_entry(owner, second)
    assert order(owner, made) == [(1, "ก"), (2, "ค")]
    lifecycle.restore(owner, second)
    assert order(owner, made) == [(1, "ก"), (2, "ข"), (3, "ค")]
    lifecycle.bin_entry(owner, second)
    with transaction():
        second.binned_at = second.binned_at.replace(year=second.binned_at.year - 1)
    assert entry_bin.empty() == 1, f"older than {KEPT_DAYS} days"

    assert (
        db.session.scalars(db.select(SeriesPart).where(SeriesPart.entry_id == second.id)).all()
        == []
    )


def test_a_stranger_finds_no_forms_and_another_writer_no_door(app, client, sign_in, owner):
    made, parts = three(owner)
    other = sign_in(client, factories.writer())

    assert other.get(f"/series/{made.id}/edit").status_code == 403
    assert other.get(f"/series/new?entry={parts[0].number}").status_code == 403
    assert f"/series/{made.id}/edit" not in other.get(f"/series/{made.id}").text
