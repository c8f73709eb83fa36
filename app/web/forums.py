"""On the page of a forum record: which of its lines grew into lessons, and the way to one more.

Who may see a lesson is known only when the page is shown, so this is put into the stored text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import render_template
from markupsafe import Markup

from app.policy import Permission, can
from app.queries import forums as forum_queries
from app.vocabulary import Status
from app.web.helpers import page_url

if TYPE_CHECKING:
    from app.models import Entry, User

#: What app/text/markdown_rules.py leaves behind each line that has a number.
SELF = re.compile(r'<a class="self" href="#(q\d{1,9})">#q\d{1,9}</a>')


def of_entry(viewer: User | None, entry: Entry, text: str) -> dict[str, Any]:
    """The text with what grew from each line, and how many of the lines did."""
    lines = {part.anchor for part in entry.parts if part.removed_at is None}
    lessons = forum_queries.lessons_from(viewer, entry)
    may_grow = entry.status is Status.PUBLISHED and can(viewer, Permission.ENTRY_CREATE)

    def with_growth(found: re.Match[str]) -> str:
        anchor = found[1]
        if anchor not in lines:  # a list in the notes
            return found[0]
        line = f"{entry.number}-{anchor}"
        return found[0] + render_template(
            "forums/_growth.html",
            lessons=lessons.get(anchor, []),
            href=page_url("/write/quick", line=line) if may_grow else "",
            anchor=anchor,
        )

    return {
        "text": Markup(SELF.sub(with_growth, text)),
        "line_count": len(lines),
        "grown_count": len(lines & lessons.keys()),
    }
