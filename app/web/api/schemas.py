"""The shapes of the API: the names of a content file's front matter, and what is answered.

``url`` is the page for people, without host.  Years are พ.ศ.; moments are ISO 8601 with
the zone of Bangkok.
"""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, pre_load

from app.search.query import MOST_PAGES, MOST_PER_PAGE, PER_PAGE, SORTS
from app.services.comments import MOST_LETTERS
from app.text.forum import MOST_PEOPLE
from app.vocabulary import (
    CommentStatus,
    CommunityKind,
    ConsentKind,
    EntryKind,
    LessonForm,
    LessonState,
    License,
    Status,
)
from app.web.api.fields import (
    MOST_BODY,
    MOST_SUMMARY,
    MOST_TITLE,
    Choice,
    Day,
    Line,
    Names,
    OneOf,
    Parts,
    Text,
    Whole,
    Years,
)


def told(field_type: Any = fields.String, *args: Any, what: str = "", **kwargs: Any) -> Any:
    """A field of an answer: always there."""
    metadata = {"description": what} if what else {}
    return field_type(*args, required=True, metadata=metadata, **kwargs)


def strings(what: str = "") -> Any:
    return told(fields.List, fields.String(), what=what)


# --- errors ----------------------------------------------------------------------------


class Fault(Schema):
    code = told(what="for programs; never changes")
    message = told(what="for people")
    fields_ = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        data_key="fields",
        metadata={"description": "sentences by field or parameter"},
    )


class Error(Schema):
    error = told(fields.Nested, Fault)


# --- addresses -------------------------------------------------------------------------


class Asked(fields.String):
    """Text of an address.

    One with a NUL, or with the sign that stands for a broken encoding, is refused before it
    comes here (web/errors.py).
    """

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"pattern": r"^[^\u0000\ufffd]*$", **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)


class PageArgs(Schema):
    page = Whole(least=1, most=MOST_PAGES, load_default=1)
    per_page = Whole(least=1, most=MOST_PER_PAGE, load_default=PER_PAGE)


class EntriesArgs(PageArgs):
    kind = fields.List(Choice(EntryKind), load_default=list)
    community = Asked(
        load_default="", metadata={"description": "slug or Thai name; what lies below is included"}
    )
    program = Asked(load_default="", metadata={"description": "slug or name"})
    tag = Asked(load_default="")
    year = Whole(least=1857, most=2700, load_default=None, metadata={"description": "พ.ศ. or C.E."})


class SearchArgs(PageArgs):
    q = Asked(load_default="", metadata={"description": "plain words; empty lists everything"})
    kind = fields.List(Choice(EntryKind), load_default=list)
    community = fields.List(
        Asked(), load_default=list, metadata={"description": "slug or Thai name"}
    )
    program = fields.List(Asked(), load_default=list)
    year = fields.List(
        Asked(),
        load_default=list,
        metadata={"description": "พ.ศ. or C.E., or a range: 2548..2550"},
    )
    fiscal_year = fields.List(Asked(), load_default=list)
    tag = fields.List(Asked(), load_default=list)
    author = fields.List(Asked(), load_default=list, metadata={"description": "user name"})
    state = fields.List(Choice(LessonState), load_default=list)
    sort = OneOf(SORTS, load_default=SORTS[0])


class SuggestArgs(Schema):
    q = Asked(load_default="", metadata={"description": "letters typed so far; two at the least"})


# --- what is sent ----------------------------------------------------------------------


class ConsentFields(Schema):
    """How the tellers who have no account agreed to be published."""

    class Meta:
        unknown = RAISE

    kind = Choice(ConsentKind, required=True)
    date = Day(required=True, metadata={"description": "day they agreed"})
    taken_by = Line(most=200, required=True, metadata={"description": "name of who asked"})


class EntryFields(Schema):
    """Fields of an entry that a writer sets.

    What only the site sets (number, url, author, …) may be sent back and is ignored, so
    that an entry that was read can be changed and sent as it is.
    """

    class Meta:
        unknown = RAISE

    #: Set by the site alone.
    READ_ONLY = frozenset(
        {
            "number",
            "url",
            "revision",
            "author",
            "author_username",
            "created",
            "updated",
            "published",
            "html",
            "reads",
            "comment_count",
            "source",
            "consents",
        }
    )

    title = Line(most=MOST_TITLE, metadata={"maxLength": MOST_TITLE})
    body = Text(
        most=MOST_BODY,
        metadata={
            "maxLength": MOST_BODY,
            "description": "Markdown; a lesson stands under the eight headings of its form, a "
            "forum record under its groups, each with ### ปัญหา and ### ทางออก",
        },
    )
    status = Choice(
        Status,
        metadata={"enum": ["draft", "published"], "description": "draft when left out"},
    )
    form = Choice(
        LessonForm,
        allow_none=True,
        metadata={"description": "lessons only; full when left out"},
    )
    book = Line(allow_none=True, metadata={"description": "slug of a book of the author"})
    summary = Text(most=MOST_SUMMARY, metadata={"maxLength": MOST_SUMMARY})
    teller = Names(what="who told it; @username names an account")
    consent = fields.Nested(
        ConsentFields,
        metadata={
            "description": "noted for each teller who has no account and no consent noted yet; "
            "publishing for them needs it"
        },
    )
    with_ = Names(what="who took part", data_key="with")
    coauthors = Names(
        most=20, what="who wrote it too: @username or the name of an account; set by its author"
    )
    license = Choice(License, allow_none=True, metadata={"description": "the book's when left out"})
    communities = Names(most=20, what="slugs, full names or unambiguous aliases")
    programs = Names(most=3, what="slugs or names, at most three")
    years = Years()
    tags = Names(most=30, what="free words")
    state = Choice(
        LessonState,
        allow_none=True,
        metadata={
            "description": "lessons only; told when left out. It is changed on its page, where "
            "a reason and a link are asked for: a change sent here is refused"
        },
    )
    happened = Day(allow_none=True, metadata={"description": "day it happened"})
    drawn = Day(allow_none=True, metadata={"description": "day the lesson was drawn"})
    present = Whole(
        least=0,
        most=MOST_PEOPLE,
        allow_none=True,
        metadata={"description": "forum records only: how many people came"},
    )
    groups = Whole(
        least=0,
        most=MOST_PEOPLE,
        allow_none=True,
        metadata={"description": "forum records only: the groups they sat in"},
    )
    contact = Line(allow_none=True)
    evidence = Names(what="links and papers that support it")
    removed = Parts(what="ids of rows that must not be given out again")

    @pre_load
    def ignore_what_is_read_only(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if name not in self.READ_ONLY}


class NewEntry(EntryFields):
    kind = Choice(EntryKind, required=True)
    title = Line(most=MOST_TITLE, required=True, metadata={"minLength": 1, "maxLength": MOST_TITLE})


class ChangedEntry(EntryFields):
    """A field that is left out stays as it is."""

    kind = Choice(EntryKind, metadata={"description": "cannot be changed"})


class NewComment(Schema):
    class Meta:
        unknown = RAISE

    body = Text(
        most=MOST_LETTERS,
        required=True,
        metadata={"minLength": 1, "maxLength": MOST_LETTERS, "description": "Markdown"},
    )


# --- what is answered ------------------------------------------------------------------


class EntryCard(Schema):
    """An entry without its text."""

    number = told(fields.Integer, what="record number")
    url = told(what="its page")
    kind = told(Choice, EntryKind)
    form = told(Choice, LessonForm, allow_none=True)
    status = told(Choice, Status)
    revision = told(fields.Integer, what="its newest revision; the ETag")
    title = told()
    summary = told()
    author = told(what="name to show; empty when it is not known")
    author_username = told(allow_none=True)
    coauthors = strings("names of those who wrote it too")
    teller = strings()
    license = told(Choice, License)
    communities = strings("slugs")
    programs = strings("slugs")
    years = told(fields.List, fields.Integer(), what="พ.ศ.")
    tags = strings()
    state = told(Choice, LessonState, allow_none=True)
    created = told(fields.String)
    updated = told(fields.String)
    published = told(fields.String, allow_none=True)
    comment_count = told(fields.Integer)
    reads = told(fields.Integer)


class EntryWhole(EntryCard):
    """An entry with all that is told of it."""

    book = told(allow_none=True, what="slug")
    with_ = fields.List(fields.String(), required=True, data_key="with")
    happened = told(fields.String, allow_none=True)
    drawn = told(fields.String, allow_none=True)
    present = told(fields.Integer, allow_none=True, what="of a forum: how many people came")
    groups = told(fields.Integer, allow_none=True)
    contact = told()
    evidence = strings()
    consents = told(
        fields.List,
        fields.Dict(),
        what="name, kind, date, taken_by of each teller; told to those who may edit",
    )
    removed = strings("ids of rows that are gone")
    source = told(fields.Dict, allow_none=True, what="where it was imported from")
    body = told(what="Markdown")
    html = told(what="the text as its page shows it, sanitised")


class Listing(Schema):
    total = told(fields.Integer)
    page = told(fields.Integer)
    per_page = told(fields.Integer)


class EntryList(Listing):
    entries = told(fields.List, fields.Nested(EntryCard))


class CommentTold(Schema):
    number = told(fields.Integer, what="under its entry")
    url = told()
    author = told()
    author_username = told(allow_none=True)
    body = told(what="Markdown")
    html = told()
    status = told(Choice, CommentStatus)
    created = told()


class CommentList(Listing):
    comments = told(fields.List, fields.Nested(CommentTold))


class CommunityTold(Schema):
    slug = told()
    name = told(what="with its level")
    kind = told(Choice, CommunityKind)
    parent = told(allow_none=True, what="slug of the place above")
    proposed = told(fields.Boolean, what="not yet confirmed")
    count = told(fields.Integer, what="published entries, those of places below included")
    url = told()


class CommunityList(Listing):
    communities = told(fields.List, fields.Nested(CommunityTold))


class ProgramTold(Schema):
    slug = told()
    name = told()
    short_name = told()
    years = told(what="as told: 2548–2549")
    proposed = told(fields.Boolean, what="not yet confirmed")
    count = told(fields.Integer)
    url = told()


class ProgramList(Listing):
    programs = told(fields.List, fields.Nested(ProgramTold))


class TagTold(Schema):
    slug = told()
    name = told()
    count = told(fields.Integer)
    url = told()


class TagList(Listing):
    tags = told(fields.List, fields.Nested(TagTold))


class PersonTold(Schema):
    username = told()
    name = told()
    duty = told()
    school = told()
    is_faculty = told(fields.Boolean)
    community = told(allow_none=True, what="slug")
    count = told(fields.Integer, what="published entries they wrote or told")
    url = told()


class PersonList(Listing):
    people = told(fields.List, fields.Nested(PersonTold))


class FacetChoice(Schema):
    slug = told()
    name = told()
    count = told(fields.Integer, what="over all hits")


class Facets(Schema):
    kind = told(fields.List, fields.Nested(FacetChoice))
    community = told(fields.List, fields.Nested(FacetChoice))
    program = told(fields.List, fields.Nested(FacetChoice))
    year = told(fields.List, fields.Nested(FacetChoice))
    tag = told(fields.List, fields.Nested(FacetChoice))


class HitTold(Schema):
    number = told(fields.Integer)
    kind = told(Choice, EntryKind)
    title = told()
    url = told()
    snippet_html = told(what="escaped, with <mark> around what was found")
    author = told()
    created = told()
    communities = strings("slugs")
    programs = strings("slugs")
    years = told(fields.List, fields.Integer())
    tags = strings()


class SearchAnswer(Schema):
    query = told()
    total = told(fields.Integer)
    page = told(fields.Integer)
    per_page = told(fields.Integer)
    took_ms = told(fields.Float)
    did_you_mean = told(allow_none=True)
    notes = strings("rules that were applied: “๓ = 3 = สาม”")
    facets = told(fields.Nested, Facets)
    hits = told(fields.List, fields.Nested(HitTold))


class SuggestionTold(Schema):
    text = told()
    kind = told(what="search, community, program, tag or title")
    url = told()


class Suggestions(Schema):
    suggestions = told(fields.List, fields.Nested(SuggestionTold))
