"""The writing form, parsed once at the edge.

``EntryForm`` holds what was typed exactly as it was typed, so that a form that cannot be
taken comes back whole; ``read`` turns it into the typed ``Draft`` of the services.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.clock import today
from app.errors import Invalid
from app.services.autosaves import NOTE_FORM
from app.services.drafts import Draft
from app.services.programs import OWN_WORK
from app.services.telling import LONGEST_NAME, Consent
from app.text import forum as forum_text
from app.text import lesson as lesson_text
from app.text.cleaning import UncleanText, clean_line, clean_text, with_plain_digits
from app.text.rows import highest
from app.text.years import TurnedRound, parse_day, parse_month, parse_years
from app.vocabulary import ConsentKind, EntryKind, LessonForm, License
from app.web import forum_forms
from app.web.fields import unclean
from app.web.row_buttons import MOST_ROWS, press

if TYPE_CHECKING:
    from app.models import Entry, User

#: What can be begun at /write/<what>.
BEGINNINGS: dict[str, tuple[EntryKind, LessonForm | None]] = {
    "story": (EntryKind.STORY, None),
    "post": (EntryKind.POST, None),
    "page": (EntryKind.PAGE, None),
    "forum": (EntryKind.FORUM, None),
    NOTE_FORM: (EntryKind.JOURNAL, None),
    "quick": (EntryKind.LESSON, LessonForm.QUICK),
    "lesson": (EntryKind.LESSON, LessonForm.FULL),
}
#: Rows of the lesson form: name in the form -> (letter of the ids, fields).
ROWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "points": ("k", ("text", "source", "teller")),
    "principles": ("g", ("text", "sums")),
    "steps": ("n", ("text", "who", "due", "state", "closed_by")),
}
LINES: tuple[str, ...] = (
    "title",
    "years",
    "tags",
    "tellers",
    "participants",
    "coauthors",
    "contact",
    "happened",
    "drawn",
    "present",
    "group_count",
)
LINES += ("proposed_program", "license", "book", "note", "reason", "base", "began", "token")
LINES += ("undone",)  # the edit that could not be undone alone, where a form came of it
LINES += ("consent_kind", "consent_day", "consent_by", "consent_anew")
LINES += ("closes_asked", "grows_asked", "coauthors_asked", "grown_from")
TEXTS = ("summary", "body", "evidence", "mine")
#: Kinds that are entered one after another from paper, under one program and year.
RECORDS = (EntryKind.LESSON, EntryKind.FORUM)
#: Fields of a row that say something even without its sentence.
FIELDS_BESIDE = ("source", "teller", "sums", "who", "due", "closed_by")
#: What a row of a template leaves behind.
OF_ITS_TIME = {"teller": "", "source": "", "due": "", "state": "", "closed_by": ""}
ROW_FIELD = re.compile(r"(points|principles|steps)-([0-9]{1,3})-[a-z_]+")
#: Where the words before the first heading go, when a free text is carried into the form.
BOX_OF_LEAD = "context"
ROW_ACTION = re.compile(r"(points|principles|steps):(add|remove|up|down)(?::([0-9]{1,3}))?")


@dataclass(slots=True)
class EntryForm:
    """What stands in the form of an entry, as text."""

    kind: EntryKind
    form: LessonForm | None = None
    values: dict[str, str] = field(default_factory=dict)
    communities: list[str] = field(default_factory=list)
    programs: list[str] = field(default_factory=list)
    boxes: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    sheets: list[forum_forms.SheetGroup] = field(default_factory=list)
    closes: list[str] = field(default_factory=list)  # steps of other lessons: 1000001-n1
    grows: list[str] = field(default_factory=list)  # lines of forum records: 1000001-q1
    grows_offered: list[str] = field(default_factory=list)  # the same, whether ticked or not

    @classmethod
    def blank(
        cls,
        kind: EntryKind,
        form: LessonForm | None,
        writer: User,
        *,
        token: str,
        like: Entry | None = None,
    ) -> EntryForm:
        """An empty form with what is known of the writer filled in.

        ``like``: an entry of theirs whose place, program and year are offered again.
        """
        made = cls(kind=kind, form=form, values={"token": token, "base": "0"})
        if kind in (EntryKind.LESSON, EntryKind.STORY):
            made.programs = [OWN_WORK]
        # A knowledge page belongs to nobody's village, a note to its journal; what people tell
        # mostly does.
        is_of_a_place = kind not in (EntryKind.PAGE, EntryKind.JOURNAL)
        if is_of_a_place and writer.community is not None:
            made.communities = [writer.community.slug]
        made.rows = {name: [] for name in ROWS}
        if made.has_sheets:
            made.sheets = [forum_forms.empty_group(1)]
        if like is not None and is_of_a_place:
            made.repeat_header(like)
        return made

    def repeat_header(self, entry: Entry) -> None:
        """Offer the place of what the writer wrote last; for a record its program and year too.

        Those of lessons and forums stand open in the form.  In a story or post they lie folded,
        and nobody would see what was taken over.
        """
        self.communities = [place.slug for place in entry.communities] or self.communities
        if self.kind in RECORDS and entry.kind in RECORDS:
            self.programs = [program.slug for program in entry.programs] or self.programs
            self.values["years"] = ", ".join(str(year) for year in entry.years)

    def begin_from(self, template: Entry) -> None:
        """Put in the words of a template: what a new text takes over, and nothing of its time.

        People, consent, dates and years belong to the text that they stand in.
        """
        other = EntryForm.of_entry(template, form=self.form)
        for name in ("title", "body", "tags", "license", "book"):
            self.values[name] = other.values[name]
        self.communities, self.programs = other.communities, other.programs
        self.boxes = other.boxes
        self.rows |= {
            name: [row | OF_ITS_TIME for row in rows] for name, rows in other.rows.items()
        }
        self.sheets = forum_forms.as_new(other.sheets)

    @classmethod
    def of_entry(cls, entry: Entry, *, form: LessonForm | None = None) -> EntryForm:
        """The form of an entry as it stands; ``form`` opens it as another form of lesson."""
        made = cls(
            kind=entry.kind,
            form=form or entry.form,
            communities=[community.slug for community in entry.communities],
            programs=[program.slug for program in entry.programs],
            values={
                "title": entry.title,
                "summary": entry.summary,
                "body": entry.body,
                "years": ", ".join(str(year) for year in entry.years),
                "tags": ", ".join(tag.name for tag in entry.tags),
                "tellers": "\n".join(_as_typed(person) for person in entry.tellers),
                "participants": "\n".join(_as_typed(person) for person in entry.participants),
                "coauthors": "\n".join(_as_typed(person) for person in entry.coauthors),
                "contact": entry.contact,
                "evidence": entry.evidence,
                "happened": entry.happened_on.isoformat() if entry.happened_on else "",
                "drawn": entry.drawn_on.isoformat() if entry.drawn_on else "",
                "present": _number(entry.present),
                "group_count": _number(entry.group_count),
                "license": entry.license.value,
                "book": entry.book.slug if entry.book is not None else "",
                "base": str(entry.revision_number),
            },
        )
        if made.has_boxes:
            made.fill_boxes(lesson_text.parse(entry.body))
        elif made.has_sheets:
            made.fill_sheets(forum_text.parse(entry.body))
        return made

    @classmethod
    def from_request(
        cls, kind: EntryKind, form: LessonForm | None, data: MultiDict[str, str]
    ) -> EntryForm:
        """What was sent, unchanged."""
        names = (*LINES, *TEXTS)
        made = cls(
            kind=kind,
            form=form,
            values={name: data.get(name, "") for name in names},
            communities=data.getlist("communities"),
            programs=data.getlist("programs"),
            closes=data.getlist("closes"),
            grows=data.getlist("grows"),
            grows_offered=data.getlist("grows_offered"),
        )
        if made.has_sheets:
            made.sheets = forum_forms.groups_from(data)
        if made.has_boxes:
            made.boxes = {
                box.key: data[f"box_{box.key}"]
                for box in lesson_text.BOXES
                if f"box_{box.key}" in data
            }
            sent = data.getlist("rows")
            made.rows = {name: _rows_from(data, name) for name in ROWS if name in sent}
        return made

    def keep_unsent(self, body: str) -> None:
        """Take from ``body`` the boxes and rows that the form did not show, so none is lost."""
        if not self.has_boxes:
            return
        sent_boxes, sent_rows = self.boxes, self.rows
        self.fill_boxes(lesson_text.parse(body))
        self.boxes.update(sent_boxes)
        self.rows.update(sent_rows)

    @property
    def has_boxes(self) -> bool:
        """Whether this is the lesson form with its boxes."""
        return self.kind is EntryKind.LESSON and self.form is not LessonForm.FREE

    @property
    def has_sheets(self) -> bool:
        """Whether this is the form of a forum record, with its groups."""
        return self.kind is EntryKind.FORUM

    @property
    def base(self) -> int:
        """The revision the writer began from."""
        text = self.values.get("base", "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0

    @property
    def note(self) -> str:
        """Why the text was changed: what was typed, else the reason that was tapped."""
        return (self.values.get("note") or self.values.get("reason", ""))[:200]

    def row_action(self, action: str, *, used: Iterable[str] = ()) -> None:
        """Add, remove or move a row, as its button asked."""
        if self.has_sheets:
            forum_forms.press_button(self.sheets, action)
            return
        asked = ROW_ACTION.fullmatch(action)
        if asked is None or asked[1] not in self.rows:  # a button that this form does not have
            return
        name, verb, at = asked[1], asked[2], int(asked[3] or 0)
        if name == "points" and verb == "remove" and at < len(self.rows[name]):
            self._unname(self.rows[name][at].get("id", ""))
        press(self.rows[name], verb, at, make=lambda: {"id": self._next_id(name, used)})

    def _unname(self, point: str) -> None:
        """Take a point that goes out of the principles that name it; app.js does the same."""
        for row in self.rows.get("principles", []):
            named = _names_in(row.get("sums", ""))
            if point in named:
                row["sums"] = ", ".join(one for one in named if one != point)

    def read(self, *, used: Iterable[str] = ()) -> tuple[Draft, dict[str, list[str]]]:
        """The typed draft, and what is wrong with each field that cannot be taken."""
        faults: dict[str, list[str]] = {}
        take = _Taker(self.values, faults)
        if self.kind is EntryKind.JOURNAL:  # its form is one box
            return Draft(kind=self.kind, title="", body=take.text("body")), faults
        body = self._body(faults, used) if self.has_boxes else take.text("body")
        if self.has_sheets:  # what the field of the text holds are the notes beside them
            body = forum_text.compose(forum_forms.text_of(self.sheets, body, faults))
        draft = Draft(
            kind=self.kind,
            form=self.form,
            title=take.line("title"),
            summary=take.text("summary"),
            body=body,
            license=take.choice("license", License),
            communities=tuple(self.communities),
            programs=self._programs(),
            proposed_program=take.line("proposed_program"),
            years=take.years("years"),
            tags=take.words("tags"),
            tellers=take.names("tellers"),
            consent=take.consent(),
            closes=tuple(self.closes) if self.values.get("closes_asked") else None,
            grows_from=tuple(self.grows) if self.values.get("grows_asked") else None,
            renew_consent=bool(take.line("consent_anew")),
            participants=take.names("participants"),
            coauthors=take.names("coauthors") if self.values.get("coauthors_asked") else None,
            happened_on=take.day("happened"),
            drawn_on=take.day("drawn"),
            present=take.count("present"),
            group_count=take.count("group_count"),
            contact=take.line("contact"),
            evidence=take.text("evidence"),
            book=take.line("book"),
        )
        return draft, faults

    def _programs(self) -> tuple[str, ...]:
        """Programs chosen; the community's own work gives way to another choice."""
        others = [slug for slug in self.programs if slug != OWN_WORK]
        named = bool(self.values.get("proposed_program", "").strip())
        return tuple(others if others or named else self.programs)

    def fill_boxes(self, text: lesson_text.LessonText) -> None:
        """Show ``text``, its boxes and rows, in this form."""
        self.boxes = dict(text.boxes)
        if text.lead:
            told = [text.lead, self.boxes.get(BOX_OF_LEAD, "")]
            self.boxes[BOX_OF_LEAD] = "\n\n".join(piece for piece in told if piece)
        self.rows = {
            "points": [
                {"id": p.id, "text": p.text, "source": p.source, "teller": p.teller}
                for p in text.points
            ],
            "principles": [
                {"id": p.id, "text": p.text, "sums": ", ".join(p.sums)} for p in text.principles
            ],
            "steps": [
                {
                    "id": p.id,
                    "text": p.text,
                    "who": p.who,
                    "due": p.due,
                    "state": p.state,
                    "closed_by": str(p.closed_by or ""),
                }
                for p in text.steps
            ],
        }

    def fill_sheets(self, text: forum_text.ForumText) -> None:
        """Show ``text``, its groups and notes, in this form."""
        self.sheets = forum_forms.groups_of(text) or [forum_forms.empty_group(1)]
        self.values["body"] = text.notes

    def show_text(self, title: str, body: str) -> None:
        """Show a title and a text of this kind; everything beside them stays."""
        self.values |= {"title": title, "body": body}
        if self.has_boxes:
            self.fill_boxes(lesson_text.parse(body))
        elif self.has_sheets:
            self.fill_sheets(forum_text.parse(body))

    def show_draft(self, draft: Draft) -> None:
        """Show ``draft`` in this form; what it does not hold (note, token, base) stays."""
        self.show_text(draft.title, draft.body)
        self.values |= {
            "summary": draft.summary,
            "years": ", ".join(map(str, draft.years)),
            "tags": ", ".join(draft.tags),
            "tellers": "\n".join(draft.tellers),
            "participants": "\n".join(draft.participants),
            "contact": draft.contact,
            "evidence": draft.evidence,
            "happened": draft.happened_on.isoformat() if draft.happened_on else "",
            "drawn": draft.drawn_on.isoformat() if draft.drawn_on else "",
            "present": _number(draft.present),
            "group_count": _number(draft.group_count),
            "license": draft.license.value if draft.license else "",
            "state": draft.state.value if draft.state else "",
        }
        if draft.coauthors is not None:
            self.values["coauthors"] = "\n".join(draft.coauthors)
        self.communities, self.programs = list(draft.communities), list(draft.programs)

    def bring_in(self, base: str, theirs: str, *, used: Iterable[str]) -> None:
        """Make this form ready to be saved over ``theirs``, which was saved since ``base``.

        A row that was new on both sides may have been given one number twice: mine gets
        another.  Rows that are new in theirs come in below mine, so that none is dropped.
        """
        before = {part.id for part in lesson_text.parse(base).parts}
        other = EntryForm(kind=self.kind, form=self.form)
        other.fill_boxes(lesson_text.parse(theirs))
        fresh = {row["id"] for rows in other.rows.values() for row in rows} - before
        taken, renamed = {*used, *before, *fresh}, dict[str, str]()
        for name, rows in self.rows.items():
            for row in rows:
                if row.get("id") in fresh:
                    renamed[row["id"]] = row["id"] = self._next_id(name, taken)
                    taken.add(row["id"])
        for row in self.rows.get("principles", []):
            named = _names_in(row.get("sums", ""))
            row["sums"] = ", ".join(renamed.get(one, one) for one in named)
        for name, rows in other.rows.items():
            mine = {row.get("id") for row in self.rows.get(name, [])}
            self.rows.setdefault(name, []).extend(
                row for row in rows if row["id"] in fresh and row["id"] not in mine
            )

    def next_ids(self, used: Iterable[str]) -> dict[str, str]:
        """For each kind of row the id that a new one gets: principles name points by it."""
        return {name: self._next_id(name, used) for name in self.rows if name in ROWS}

    def _next_id(self, name: str, used: Iterable[str]) -> str:
        letter = ROWS[name][0]
        taken = {row.get("id", "") for row in self.rows[name]} | set(used)
        return f"{letter}{highest(letter, taken) + 1}"

    def _body(self, faults: dict[str, list[str]], used: Iterable[str]) -> str:
        """The lesson's canonical text from its boxes and rows."""
        boxes: dict[str, str] = {}
        for key, typed in self.boxes.items():
            try:
                boxes[key] = clean_text(typed)
            except UncleanText as error:
                faults[f"box_{key}"] = [unclean(error)]
        parts: dict[str, Any] = {}
        taken = set(used)
        for name, (letter, _fields) in ROWS.items():
            parts[name] = tuple(self._parts(name, letter, taken, faults))
        points = {part.id for part in parts["points"]}
        for at, part in enumerate(parts["principles"]):
            if not part.sums:
                said = _(
                    "Principle %(n)d names no point that it sums up."
                    " Fill in the field “%(field)s”.",
                    n=at + 1,
                    field=_("Points it sums up"),
                )
                faults.setdefault("principles", []).append(said)
            elif unknown := [one for one in part.sums if one not in points and "#" not in one]:
                said = _(
                    "Principle %(n)d, field “%(field)s”:"
                    " there is no point %(names)s in this lesson.",
                    n=at + 1,
                    field=_("Points it sums up"),
                    names=", ".join(unknown),
                )
                faults.setdefault("principles", []).append(said)
        return lesson_text.compose(lesson_text.LessonText(boxes=boxes, **parts))

    def _parts(
        self, name: str, letter: str, used: set[str], faults: dict[str, list[str]]
    ) -> Iterable[lesson_text.Part]:
        rows = self.rows.get(name, [])
        if len(rows) > MOST_ROWS:
            faults.setdefault(name, []).append(_("At most %(n)d rows.", n=MOST_ROWS))
        for at, row in enumerate(rows, start=1):
            try:
                typed = {key: clean_line(value) for key, value in row.items()}
            except UncleanText as error:
                faults.setdefault(name, []).append(unclean(error))
                continue
            if not typed.get("text"):
                if any(typed.get(key) for key in FIELDS_BESIDE):
                    said = _("Row %(n)d has no sentence yet. Write it, or remove the row.", n=at)
                    faults.setdefault(name, []).append(said)
                continue
            if wrong := list(_row_faults(letter, typed)):
                faults.setdefault(name, []).extend(wrong)
            own_id = typed.get("id", "")
            if not re.fullmatch(rf"{letter}[1-9][0-9]{{0,5}}", own_id):
                own_id = self._next_id(name, used)
            used.add(own_id)
            row["id"] = own_id
            yield _part(letter, own_id, typed)


def _row_faults(letter: str, typed: dict[str, str]) -> Iterable[str]:
    """What is wrong with one row; a month is brought into its one form on the way."""
    if letter == lesson_text.POINT and len(typed["text"]) > lesson_text.POINT_LIMIT:
        yield _("A point is one sentence of at most %(n)d letters.", n=lesson_text.POINT_LIMIT)
    try:
        typed["due"] = parse_month(typed.get("due", ""))
    except ValueError:
        yield _("Write the month due as July 2550 or 2550-07.")


def _part(letter: str, own_id: str, typed: Mapping[str, str]) -> lesson_text.Part:
    return lesson_text.Part(
        id=own_id,
        kind=letter,
        text=typed["text"],
        source=typed.get("source", ""),
        teller=typed.get("teller", ""),
        sums=tuple(_names_in(typed.get("sums", ""))),
        who=typed.get("who", ""),
        due=typed.get("due", ""),
        state=(typed.get("state") or "open") if letter == "n" else "",
        closed_by=typed.get("closed_by", ""),
    )


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _as_typed(person: Any) -> str:
    """A teller as it is typed: @username where there is an account."""
    return f"@{person.user.username}" if person.user is not None else str(person.name)


def _names_in(sums: str) -> list[str]:
    """The points that a principle names: "K1", "k๑" and "1" all mean k1."""
    typed = with_plain_digits(sums).lower()
    return [f"k{one}" if one.isdecimal() else one for one in re.split(r"[\s,]+", typed) if one]


def _rows_from(data: MultiDict[str, str], name: str) -> list[dict[str, str]]:
    """Rows ``<name>-<i>-<field>`` in the order of i; a gap in the numbers loses none."""
    found = (ROW_FIELD.fullmatch(key) for key in data)
    numbers = {int(field[2]) for field in found if field is not None and field[1] == name}
    fields = ("id", *ROWS[name][1])
    return [{key: data.get(f"{name}-{i}-{key}", "") for key in fields} for i in sorted(numbers)]


def consent_in(values: Mapping[str, str]) -> Consent:
    """How somebody agreed, as a form of its own asks; Invalid names what cannot be taken."""
    faults: dict[str, list[str]] = {}
    consent = _Taker(values, faults).consent()
    if consent is None:
        faults.setdefault("consent_kind", []).append(_("Choose how the speaker agreed."))
    if faults or consent is None:
        raise Invalid(faults)
    return consent


class _Taker:
    """Takes typed values out of a form and notes what is wrong with each."""

    def __init__(self, values: Mapping[str, str], faults: dict[str, list[str]]) -> None:
        self.values, self.faults = values, faults

    def _try(self, name: str, read: Callable[[str], Any], default: Any) -> Any:
        try:
            return read(self.values.get(name, ""))
        except UncleanText as error:
            self.faults.setdefault(name, []).append(unclean(error))
            return default

    def line(self, name: str) -> str:
        return str(self._try(name, clean_line, ""))

    def text(self, name: str) -> str:
        return str(self._try(name, clean_text, ""))

    def words(self, name: str) -> tuple[str, ...]:
        """Names between commas, each once."""
        found = [word.strip().lstrip("#") for word in re.split(r"[,،\n]", self.line(name))]
        return tuple(dict.fromkeys(word for word in found if word))

    def names(self, name: str) -> tuple[str, ...]:
        """Names between commas or line ends, each once."""
        lines = self.text(name).replace(",", "\n").split("\n")
        return tuple(dict.fromkeys(clean_line(line) for line in lines if line.strip()))

    def years(self, name: str) -> tuple[int, ...]:
        text = self.line(name)
        try:
            return parse_years(text)
        except TurnedRound:
            said = _("“%(text)s” ends before it begins. Write the earlier year first.", text=text)
        except ValueError:
            said = _("“%(text)s” cannot be read as a year. Write 2549 or 2548-2550.", text=text)
        self.faults.setdefault(name, []).append(said)
        return ()

    def day(self, name: str) -> date | None:
        text = self.line(name)
        if not text:
            return None
        try:
            return parse_day(text)
        except ValueError:
            self.faults.setdefault(name, []).append(_("Choose a day, or leave it empty."))
            return None

    def count(self, name: str) -> int | None:
        """How many, in Thai or Arabic digits; None where nothing was typed."""
        text = self.line(name).replace(",", "")
        if text.isdecimal() and len(text) <= len(str(forum_text.MOST_PEOPLE)):
            return int(text)  # int() reads Thai digits too
        if text:
            self.faults.setdefault(name, []).append(_("“%(text)s” is not a number.", text=text))
        return None

    def consent(self) -> Consent | None:
        """How tellers without account agreed; None while nobody said how."""
        kind = self.choice("consent_kind", ConsentKind)
        if kind is None:
            return None
        day, taken_by = self.day("consent_day"), self.line("consent_by")
        if "consent_day" not in self.faults and (day is None or day > today()):
            said = _("Choose the day on which the teller agreed; it cannot lie ahead.")
            self.faults.setdefault("consent_day", []).append(said)
        if not taken_by or len(taken_by) > LONGEST_NAME:
            said = _("Write who asked the teller.")
            self.faults.setdefault("consent_by", []).append(said)
        return Consent(kind=kind, day=day or today(), taken_by=taken_by)

    def choice(self, name: str, words: Any) -> Any:
        text = self.line(name)
        try:
            return words(text) if text else None
        except ValueError:
            self.faults.setdefault(name, []).append(_("This is not one of the choices."))
            return None
