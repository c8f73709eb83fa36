"""States of lessons with their reasons, and next steps until a later lesson closes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app import clock
from app.db import db
from app.errors import Forbidden, Invalid
from app.models import Revision
from app.queries import lessons as lesson_queries
from app.services import lesson_states, lessons, steps, submissions
from app.services.drafts import draft_of
from app.text import lesson as lesson_text
from app.vocabulary import LessonState, Status, StepState
from tests import factories

HERE = "tambon-bang-chak"
TITLE = "เล่าว่าได้ผล"


@pytest.fixture(autouse=True)
def time_runs(app):
    yield
    clock.freeze(None)


@pytest.fixture
def author(app):
    return factories.writer(HERE)


@pytest.fixture
def evidence(author):
    return factories.post(author, title=TITLE)


def with_step(due: str = "2550-07") -> str:
    text = lesson_text.parse(factories.lesson_body())
    step = lesson_text.Part(
        id="n1", kind="n", text="ตั้งทีมคุณอำนวยตำบล", who="อบต.", due=due, state="open"
    )
    return lesson_text.compose(replace(text, steps=(step,)))


class TestStates:
    @pytest.mark.parametrize(
        ("state", "reason", "page", "named"),
        [
            (LessonState.TRIED, "", f"[[{TITLE}]]", {"reason"}),
            (LessonState.TRIED, "ทำแล้ว", "", {"page"}),
            (LessonState.TRIED, "ทำแล้ว", "ไม่มีหน้านี้", {"page"}),
            (LessonState.TOLD, "ทำแล้ว", f"[[{TITLE}]]", {"state"}),
            (LessonState.CONFIRMED, "ทำแล้ว", f"[[{TITLE}]]", {"state"}),
            (None, "", "", {"state", "reason", "page"}),
        ],
    )
    def test_a_writer_needs_reason_and_page(self, author, evidence, state, reason, page, named):
        entry = factories.lesson(author)
        with pytest.raises(Invalid) as refused:
            lesson_states.change(author, entry, state=state, reason=reason, page=page)
        assert set(refused.value.fields) == named
        assert entry.state is LessonState.TOLD

    @pytest.mark.parametrize(
        "form", ["{number}", "/posts/{number}", "[[{title}]]", "http://x/posts/{number}"]
    )
    def test_the_page_is_named_in_any_way(self, author, evidence, form):
        page = form.format(number=evidence.number, title=TITLE)
        assert lesson_queries.entry_named(author, page) == evidence

    def test_nobody_leans_on_a_page_that_readers_do_not_see(self, author):
        draft = factories.post(author, title="ร่างอยู่", status=Status.DRAFT)
        assert lesson_queries.entry_named(author, str(draft.number)) is None

    def test_a_facilitator_confirms_and_it_is_kept(self, author, evidence):
        entry, guide = factories.lesson(author), factories.facilitator(HERE)
        lesson_states.change(
            guide, entry, state=LessonState.CONFIRMED, reason="ไปดูมาแล้ว", page=str(evidence.number)
        )
        assert entry.state is LessonState.CONFIRMED
        (kept,) = lesson_queries.state_changes_of(entry)
        assert (kept.before, kept.author, kept.shown_by) == (LessonState.TOLD, guide, evidence)
        newest = db.session.scalar(
            db.select(Revision).where(Revision.entry_id == entry.id, Revision.number == 2)
        )
        assert (newest.header["state"], newest.note) == ("confirmed", "ไปดูมาแล้ว")

    def test_a_stranger_changes_nothing(self, author, evidence):
        entry = factories.lesson(author)
        with pytest.raises(Forbidden):
            lesson_states.change(
                factories.writer("tambon-karo"),
                entry,
                state=LessonState.TRIED,
                reason="ทำแล้ว",
                page=str(evidence.number),
            )

    @pytest.mark.parametrize(
        ("at", "is_marked"),
        [("2009-07-20T12:00", False), ("2009-07-21T12:01", True)],
        ids=["a day before", "three years on"],
    )
    def test_a_lesson_not_confirmed_in_three_years_is_marked(self, author, evidence, at, is_marked):
        clock.freeze(datetime(2006, 7, 1, tzinfo=UTC))
        entry, guide = factories.lesson(author), factories.facilitator(HERE)
        clock.freeze(datetime(2006, 7, 21, 12, tzinfo=UTC))
        lesson_states.change(
            guide, entry, state=LessonState.CONFIRMED, reason="ไปดูมา", page=str(evidence.number)
        )
        clock.freeze(datetime.fromisoformat(f"{at}+00:00"))
        changes = lesson_queries.state_changes_of(entry)
        assert lesson_queries.is_unconfirmed_long(entry, changes) is is_marked
        lesson_states.change(
            guide, entry, state=LessonState.CONFIRMED, reason="ไปอีก", page=str(evidence.number)
        )
        again = lesson_queries.state_changes_of(entry)
        assert not lesson_queries.is_unconfirmed_long(entry, again)

    def test_a_form_or_a_program_cannot_set_it_in_passing(self, author):
        entry = factories.lesson(author)
        changed = replace(draft_of(entry), state=LessonState.CONFIRMED)
        for save in (lessons.save, submissions.save):
            with pytest.raises(Invalid) as refused:
                save(author, entry, changed, base=1)
            assert set(refused.value.fields) == {"state"}


class TestSteps:
    def test_a_step_is_open_where_it_was_promised_until_it_is_closed(self, author):
        entry = factories.lesson(author, body=with_step())
        place = factories.community(HERE)
        above = place.lineage[-1]
        for within in ([place.id], [above]):
            (step,) = lesson_queries.open_steps(None, within=within)
            assert (step.part.text, step.entry) == ("ตั้งทีมคุณอำนวยตำบล", entry)
        elsewhere = factories.community("tambon-karo")
        assert lesson_queries.open_steps(None, within=[elsewhere.id]) == []

        later = factories.lesson(author, title="ทีมตั้งแล้ว", years=(2550,))
        steps.close(author, entry, "n1", by=str(later.number))

        assert lesson_queries.open_steps(None, within=[place.id]) == []
        (closed,) = lesson_queries.steps_closed_by(None, later)
        assert (closed.entry, closed.part.state) == (entry, StepState.CLOSED)
        assert f"closed_by={later.number}" in entry.body.replace('"', "")

    def test_drafts_promise_nothing_in_public(self, author):
        factories.lesson(author, body=with_step(), status=Status.DRAFT)
        assert lesson_queries.open_steps(None) == []

    @pytest.mark.parametrize(
        ("now", "is_due"),
        [("2007-06-30T16:59", False), ("2007-06-30T17:00", True), ("2008-01-01T00:00", True)],
        ids=["the month before", "the first of the month in Thailand", "later"],
    )
    def test_a_step_falls_due_with_its_month(self, author, now, is_due):
        clock.freeze(datetime.fromisoformat(f"{now}+00:00"))
        factories.lesson(author, body=with_step("2550-07"))
        (step,) = lesson_queries.open_steps(None)
        assert step.is_due is is_due

    def test_a_lesson_closes_what_it_said_when_it_is_published(self, author):
        entry = factories.lesson(author, body=with_step())
        key = f"{entry.number}-n1"
        later = factories.lesson(
            author, title="ทีมตั้งแล้ว", closes=(key, "17-n1", "x"), status=Status.DRAFT
        )
        assert lesson_queries.steps_to_close(later) == [key]
        assert len(lesson_queries.open_steps(None)) == 1
        lessons.publish(author, later)
        assert lesson_queries.open_steps(None) == []
        assert lesson_queries.steps_closed_by(None, later)[0].entry == entry

    def test_a_step_is_not_closed_by_nothing(self, author):
        entry = factories.lesson(author, body=with_step())
        for by in ("", str(entry.number), "5"):
            with pytest.raises(Invalid) as refused:
                steps.close(author, entry, "n1", by=by)
            assert set(refused.value.fields) == {"by"}
