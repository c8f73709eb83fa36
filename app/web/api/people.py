"""People who have published something."""

from __future__ import annotations

from typing import Any

from app.queries import authors
from app.web.api import schemas
from app.web.api.parsing import N_, Room, operation
from app.web.api.taxonomy import path_to
from app.web.helpers import viewer

bp = Room("people")


@bp.get("/people")
@bp.arguments(schemas.PageArgs, location="query")
@bp.response(200, schemas.PersonList)
@operation(bp, "listPeople", N_("List the people who wrote or told something, in Thai order"))
def index(args: dict[str, Any]) -> dict[str, Any]:
    page, per_page = args["page"], args["per_page"]
    total, rows = authors.listed(viewer(), limit=per_page, offset=(page - 1) * per_page)
    return {
        "total": total,
        "page": page,
        "per_page": per_page,
        "people": [
            {
                "username": user.username,
                "name": user.display_name,
                "duty": user.duty,
                "school": user.school,
                "is_faculty": user.is_faculty,
                "community": user.community.slug if user.community else None,
                "count": count,
                "url": path_to("people", user.username),
            }
            for user, count in rows
        ],
    }
