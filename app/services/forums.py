"""Forum records: the sheets of a village forum, line by line, and what publishing asks for."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import gettext as _

from app.queries.taxonomy import told_apart
from app.services import drafts, taxonomy
from app.services.drafts import Draft, Faults
from app.services.rules import Rules
from app.text import forum as forum_text
from app.text.years import thai_date

#: The field under which a form and a gap name the lines.
LINES = "lines"
#: What a record is called that nobody named; titles are read in Thai, whoever writes.
TITLE = "เวที{where} {day}"


def titled(draft: Draft) -> Draft:
    """``draft`` with a title made of village and day, where nobody wrote one and both are known."""
    if draft.title or not draft.communities or draft.happened_on is None:
        return draft
    village = taxonomy.resolve_communities(draft.communities)[0]
    title = TITLE.format(
        where=told_apart(village, village.parent), day=thai_date(draft.happened_on)
    )
    return replace(draft, title=title)


def numbered(draft: Draft, used: set[str]) -> Draft:
    """``draft`` with an id for every line, none of them used before."""
    text = forum_text.assign_ids(forum_text.parse(draft.body), used | set(draft.removed_parts))
    return replace(draft, body=forum_text.compose(text))


def faults_of(draft: Draft) -> Faults:
    """What keeps even a draft from being stored."""
    faults = drafts.beyond_limits(draft)
    if not draft.title:
        faults["title"] = [_("Give it a title first, or its village and day.")]
    if too_long := forum_text.too_long(forum_text.parse(draft.body)):
        faults[LINES] = [_too_long(line.text) for line in too_long]
    return faults


def _too_long(text: str) -> str:
    return _(
        "A line is one sentence of at most %(n)d letters: “%(text)s…”",
        n=forum_text.LINE_LIMIT,
        text=text[:40],
    )


def gaps_of(draft: Draft) -> Faults:
    """Fields that it lacks as a public record: {field name: [sentence]}."""
    asked = (
        ("happened", draft.happened_on is not None, _("Day of the forum")),
        ("communities", bool(draft.communities), _("Village")),
        ("present", bool(draft.present), _("How many people came")),
        (LINES, forum_text.has_lines(forum_text.parse(draft.body)), _("Lines of the sheets")),
    )
    return {
        name: [_("Not filled in yet: %(field)s", field=label)]
        for name, is_there, label in asked
        if not is_there
    }


RULES = Rules(titled=titled, faults_of=faults_of, numbered=numbered, gaps_of=gaps_of)
