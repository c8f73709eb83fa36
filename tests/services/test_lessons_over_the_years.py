"""States of lessons with their reasons, and next steps until a later lesson closes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from app import clock
from app.db import db
from app.errors import Forbidden, Invalid
from app.models import Entry, Job, Revision
from app.queries import lessons as lesson_queries
from app.queries import notices as notice_queries
from app.services import growing, lesson_states, lifecycle, steps, submissions, worker, writing
from app.services.drafts import draft_of
from app.text import lesson as lesson_text
from app.vocabulary import LessonState, NoticeKind, PartKind, Status, StepState
from tests import factories
from tests.support.meanwhile import saved_meanwhile
from tests.support.sql import sql_statements

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


def with_steps() -> str:
    text = lesson_text.parse(with_step())
    again = replace(text.steps[0], id="n2")
    return lesson_text.compose(replace(text, steps=(*text.steps, again)))


def states_of(lesson: Entry) -> list[StepState | None]:
    """How its steps stand, in their order."""
    return [part.state for part in lesson.parts if part.kind is PartKind.STEP]


def dies(*_args) -> None:
    raise KeyboardInterrupt


each_way_to_publish = pytest.mark.parametrize(
    "publish",
    [
        pytest.param(writing.publish, id="by a person"),
        pytest.param(
            lambda actor, entry: submissions.save(
                actor, entry, draft_of(entry), base=1, status=Status.PUBLISHED
            ),
            id="by a program",
        ),
    ],
)


def chain(entry, viewer=None) -> list[tuple[int, list[int]]]:
    """The chain at ``entry``: (number, numbers that it leads to)."""
    return [
        (link.entry.number, [later.number for later in link.leads_to])
        for link in lesson_queries.chain_of(viewer, entry)
    ]


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
        for save in (writing.save, submissions.save):
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
        assert lesson_queries.get_step(None, entry, "n1").state is StepState.CLOSED
        assert chain(later) == [(entry.number, [later.number]), (later.number, [])]
        assert f"closed_by={later.number}" in entry.body.replace('"', "")

    def test_closing_a_step_leaves_what_somebody_saved_meanwhile(self, author, monkeypatch):
        entry, later = factories.lesson(author, body=with_step()), factories.post(author)
        other = {"summary": "สรุปของคนอื่น", "body": with_step().replace("บ้าน", "ครัวเรือน")}
        assert other["body"] != with_step()
        saved_meanwhile(monkeypatch, steps, entry, author, **other)

        closed = steps.close(author, entry, "n1", by=str(later.number))

        assert closed.summary == "สรุปของคนอื่น" and "ครัวเรือน" in closed.body
        assert lesson_queries.get_step(None, closed, "n1").state is StepState.CLOSED

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

    @each_way_to_publish
    def test_a_lesson_closes_what_it_said_when_it_is_published(self, author, publish):
        entry = factories.lesson(author, body=with_step())
        key = f"{entry.number}-n1"
        later = factories.lesson(
            author, title="ทีมตั้งแล้ว", closes=(key, "17-n1", "x"), status=Status.DRAFT
        )
        assert lesson_queries.steps_to_close(later) == [key]
        assert len(lesson_queries.open_steps(None)) == 1
        publish(author, later)
        assert lesson_queries.open_steps(None) == []
        assert chain(later) == [(entry.number, [later.number]), (later.number, [])]

    @each_way_to_publish
    def test_a_step_is_closed_later_when_the_process_died_before(
        self, author, publish, monkeypatch
    ):
        entry = factories.lesson(author, body=with_step())
        key = f"{entry.number}-n1"
        later = factories.lesson(author, title="ปิดก้าว", closes=(key,), status=Status.DRAFT)

        with monkeypatch.context() as cut, pytest.raises(KeyboardInterrupt):
            cut.setattr(writing, "follow_up", dies)
            publish(author, later)
        assert len(lesson_queries.open_steps(None)) == 1

        while worker.run_due():
            pass
        assert lesson_queries.open_steps(None) == []
        assert db.session.query(Job).count() == 0, "it is done once"

    def test_a_step_ticked_while_another_is_being_closed_is_closed_too(self, author, monkeypatch):
        """A second window saves the lesson between the closing and the forgetting."""
        old, new = factories.lesson(author, body=with_steps()), factories.lesson(author)
        draft = replace(draft_of(new), closes=(f"{old.number}-n1",))
        close, done = steps._close, []

        def slow(actor, entry, anchor, closer):
            made = close(actor, entry, anchor, closer)
            if not done:
                done.append(anchor)
                steps.note_closings(closer, [f"{old.number}-n2"])  # as the other saving does
            return made

        monkeypatch.setattr(steps, "_close", slow)
        writing.save(author, new, draft, base=new.revision_number)
        assert states_of(old) == [StepState.CLOSED, StepState.OPEN]
        writing.follow_up(author, new)
        assert states_of(old) == [StepState.CLOSED, StepState.CLOSED]

    @each_way_to_publish
    def test_a_step_is_closed_by_who_may_when_another_published(self, author, publish):
        friend = factories.writer("tambon-pak-nakhon")
        old = factories.lesson(author, body=with_steps())
        ticked = (f"{old.number}-n1",)
        named = {"status": Status.DRAFT, "coauthors": (f"@{friend.username}",)}
        new = factories.lesson(author, title="ใหม่", closes=ticked, **named)

        publish(friend, new)
        assert states_of(old) == [StepState.OPEN, StepState.OPEN]
        assert db.session.query(Job).count() == 0, "nobody may yet"
        writing.save(author, new, draft_of(new), base=new.revision_number)

        assert states_of(old) == [StepState.CLOSED, StepState.OPEN]
        assert lesson_queries.steps_to_close(new) == []
        while worker.run_due():
            pass
        assert db.session.query(Job).count() == 0

    def test_a_step_that_is_closed_already_is_forgotten_by_whoever_publishes(self, author):
        friend = factories.writer("tambon-pak-nakhon")
        old, by = factories.lesson(author, body=with_steps()), factories.post(author)
        named = {"status": Status.DRAFT, "coauthors": (f"@{friend.username}",)}
        new = factories.lesson(author, title="ใหม่", closes=(f"{old.number}-n1",), **named)
        steps.close(author, old, "n1", by=str(by.number))

        writing.publish(friend, new)

        assert lesson_queries.steps_to_close(new) == []

    @each_way_to_publish
    def test_what_follows_does_not_make_a_stored_text_look_refused(
        self, author, publish, monkeypatch
    ):
        entry = factories.lesson(author, body=with_step())
        later = factories.lesson(
            author, title="ปิดก้าว", closes=(f"{entry.number}-n1",), status=Status.DRAFT
        )

        def refuses(*_args):
            raise Invalid({"title": ["ไม่ใช่ของเรื่องนี้"]})

        with monkeypatch.context() as patched:
            patched.setattr(steps, "_close", refuses)
            publish(author, later)
            assert later.status is Status.PUBLISHED
            saved = writing.save(author, later, replace(draft_of(later), summary="ย่อ"), base=1)
            assert saved.summary == "ย่อ"
            assert worker.run_due() == 0, "the job that was promised waits for a better time"

        with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
            worker.run_due()
        assert lesson_queries.open_steps(None) == []

    def test_everybody_who_saved_before_the_process_died_is_followed(self, author, monkeypatch):
        """Each may close a step that the other may not."""
        friend = factories.writer("tambon-pak-nakhon")
        mine = factories.lesson(author, body=with_step())
        theirs = factories.lesson(friend, body=with_step(), communities=("tambon-pak-nakhon",))
        ticked = tuple(f"{one.number}-n1" for one in (mine, theirs))
        named = {"coauthors": (f"@{friend.username}",), "status": Status.DRAFT}
        later = factories.lesson(author, title="ปิดก้าว", closes=ticked, **named)

        with monkeypatch.context() as cut:
            cut.setattr(writing, "follow_up", dies)
            for deed in (
                lambda: writing.publish(author, later),
                lambda: writing.save(friend, later, replace(draft_of(later), summary="ย่อ"), base=1),
            ):
                with pytest.raises(KeyboardInterrupt):
                    deed()
        worker.run_due()

        assert states_of(mine) == states_of(theirs) == [StepState.CLOSED]

    def test_what_a_lesson_joins_is_stored_with_its_text_or_not_at_all(self, author, monkeypatch):
        key = f"{factories.lesson(author, body=with_step()).number}-n1"
        later = factories.lesson(author, title="ทีมตั้งแล้ว", status=Status.DRAFT)
        changed = replace(draft_of(later), contact="ที่ศาลา", closes=(key,), grows_from=())

        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(growing, "note", dies)  # the last that is kept beside the text
            writing.save(author, later, changed, base=1)
        db.session.expire_all()
        assert (later.revision_number, lesson_queries.steps_to_close(later)) == (1, [])

        writing.save(author, later, changed, base=1)
        assert (later.revision_number, lesson_queries.steps_to_close(later)) == (2, [key])

    def test_a_step_is_not_closed_by_nothing(self, author):
        entry = factories.lesson(author, body=with_step())
        for by in ("", str(entry.number), "5"):
            with pytest.raises(Invalid) as refused:
                steps.close(author, entry, "n1", by=by)
            assert set(refused.value.fields) == {"by"}


class TestDueSteps:
    """Whoever looks after a community hears of a step when its month has come."""

    DUE, BEFORE = datetime(2007, 7, 1, tzinfo=UTC), datetime(2007, 6, 1, tzinfo=UTC)

    @pytest.fixture
    def guide(self, app):
        return factories.facilitator(HERE)

    def told(self, *people) -> list[list[tuple[str, str]]]:
        return [
            [
                (one.words["step"], one.words["text"])
                for one in notice_queries.inbox_of(person)
                if one.kind is NoticeKind.STEP_DUE
            ]
            for person in people
        ]

    def test_facilitator_and_writers_are_told_once(self, author, guide):
        teller, elsewhere = factories.writer(), factories.facilitator("tambon-karo")
        clock.freeze(self.BEFORE)
        factories.lesson(author, body=with_step("2550-07"), tellers=(f"@{teller.username}",))
        assert steps.tell_of_due() == 0
        clock.freeze(self.DUE)
        worker.sweep()
        worker.sweep()

        step = [("n1", "ตั้งทีมคุณอำนวยตำบล")]
        assert self.told(guide, author, teller, elsewhere) == [step, step, step, []]

    def test_a_step_put_off_is_told_of_again_in_its_new_month(self, author, guide):
        clock.freeze(self.DUE)
        entry = factories.lesson(author, body=with_step("2550-07"))
        steps.tell_of_due()
        writing.save(author, entry, replace(draft_of(entry), body=with_step("2550-09")), base=1)
        assert steps.tell_of_due() == 0
        clock.freeze(datetime(2007, 9, 1, tzinfo=UTC))
        assert steps.tell_of_due() == 1
        assert len(self.told(guide)[0]) == 2

    @pytest.mark.parametrize("kind", ["draft", "closed", "undated"])
    def test_nobody_is_told_of(self, author, guide, kind):
        clock.freeze(self.DUE)
        status = Status.DRAFT if kind == "draft" else Status.PUBLISHED
        due = "" if kind == "undated" else "2550-07"
        entry = factories.lesson(author, body=with_step(due), status=status)
        if kind == "closed":
            later = factories.lesson(author, title="ทีมตั้งแล้ว", years=(2550,))
            steps.close(author, entry, "n1", by=str(later.number))
        assert steps.tell_of_due() == 0
        assert self.told(guide) == [[]]

    @pytest.mark.parametrize(("due", "count"), [("2550-04", 0), ("2550-05", 1), ("2541-12", 0)])
    def test_what_was_due_long_before_is_no_news(self, author, guide, due, count):
        clock.freeze(self.DUE)
        entry = factories.lesson(author, body=with_step(due))

        assert steps.tell_of_due() == count

        assert len(self.told(guide)[0]) == count
        assert [part.told_due for part in entry.parts if part.anchor == "n1"] == [due]

    def test_many_are_told_of_in_parts(self, author, guide, monkeypatch):
        monkeypatch.setattr(steps, "AT_ONCE", 2)
        clock.freeze(self.DUE)
        for number in range(5):
            factories.lesson(author, title=f"บทเรียน {number}", body=with_step())

        assert steps.tell_of_due() == 5

        assert len(self.told(guide)[0]) == 5

    def test_ten_more_are_found_with_as_many_reads(self, guide):
        clock.freeze(self.DUE)
        counts = []
        for number in (1, 11):
            for i in range(number):
                factories.lesson(factories.writer(), title=f"{number} {i}", body=with_step())
            db.session.expire_all()
            with sql_statements() as sent:
                assert steps.tell_of_due() == number
            counts.append(sum(one.startswith("SELECT") for one in sent))
        assert counts[0] == counts[1]


class TestChains:
    """ต่อเนื่องจาก / นำไปสู่: lessons tied by the next steps that they closed."""

    @pytest.fixture
    def tell(self, author):
        """A lesson of a year that closes the step of each of ``of``, and promises one."""

        def make(year: int, *of, title: str = ""):
            made = factories.lesson(
                author, title=title or f"ปี {year}", years=(year,), body=with_step()
            )
            for earlier in of:
                steps.close(author, earlier, "n1", by=str(made.number))
            return made

        return make

    def test_it_runs_from_the_first_year_to_the_last_at_each_of_its_lessons(self, tell):
        newest = tell(2551)
        first = tell(2549)
        middle = tell(2550, first)
        steps.close(middle.author, middle, "n1", by=str(newest.number))
        whole = [
            (first.number, [middle.number]),
            (middle.number, [newest.number]),
            (newest.number, []),
        ]
        assert [chain(one) for one in (first, middle, newest)] == [whole] * 3

    def test_two_beginnings_come_together_and_neither_is_the_others(self, tell):
        one, other = tell(2548, title="ก"), tell(2549, title="ข")
        both = tell(2550, one, other)
        assert chain(both) == [
            *((one.number, [both.number]), (other.number, [both.number]), (both.number, []))
        ]
        assert chain(one) == [(one.number, [both.number]), (both.number, [])]
        (link,) = [link for link in lesson_queries.chain_of(None, both) if link.continues]
        assert [(step.text, lesson.title) for step, lesson in link.continues] == [
            *(("ตั้งทีมคุณอำนวยตำบล", "ก"), ("ตั้งทีมคุณอำนวยตำบล", "ข"))
        ]

    def test_what_is_taken_out_of_sight_leaves_it_and_what_lies_behind(self, tell):
        first = tell(2549)
        middle = tell(2550, first)
        last = tell(2551, middle)
        lifecycle.hide(factories.moderator(), middle, reason="ทดลอง")
        assert chain(first) == chain(last) == []

    def test_a_lesson_alone_is_no_chain(self, tell):
        assert chain(tell(2549)) == []

    def test_two_that_close_each_other_stand_once_each(self, tell):
        one = tell(2549)
        other = tell(2550, one)
        steps.close(other.author, other, "n1", by=str(one.number))
        assert chain(one) == [(one.number, [other.number]), (other.number, [one.number])]
