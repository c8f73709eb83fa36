"""Communities, programs and tags, each with its number of published entries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from app.queries import taxonomy as queries
from app.vocabulary import Confirmation
from app.web.api import schemas
from app.web.api.parsing import N_, Room, operation
from app.web.helpers import community_label, viewer

bp = Room("taxonomy")
Row = TypeVar("Row")


@bp.get("/communities")
@bp.arguments(schemas.PageArgs, location="query")
@bp.response(200, schemas.CommunityList)
@operation(bp, "listCommunities", N_("List places, groups and networks, in Thai order"))
def communities(args: dict[str, Any]) -> dict[str, Any]:
    rows = queries.communities_with_counts(viewer())
    return listing(args, "communities", rows, community_told)


@bp.get("/programs")
@bp.arguments(schemas.PageArgs, location="query")
@bp.response(200, schemas.ProgramList)
@operation(bp, "listPrograms", N_("List programs, the core ones first, then in Thai order"))
def programs(args: dict[str, Any]) -> dict[str, Any]:
    return listing(args, "programs", queries.programs_with_counts(viewer()), program_told)


@bp.get("/tags")
@bp.arguments(schemas.PageArgs, location="query")
@bp.response(200, schemas.TagList)
@operation(bp, "listTags", N_("List the tags in use, in Thai order"))
def tags(args: dict[str, Any]) -> dict[str, Any]:
    return listing(args, "tags", queries.tags_with_counts(viewer()), tag_told)


def listing(
    args: dict[str, Any], name: str, rows: Sequence[Row], told: Callable[[Row], dict[str, Any]]
) -> dict[str, Any]:
    """One page of a list, under ``name``."""
    page, per_page = args["page"], args["per_page"]
    shown = rows[(page - 1) * per_page : page * per_page]
    return {
        "total": len(rows),
        "page": page,
        "per_page": per_page,
        name: [told(row) for row in shown],
    }


def community_told(row: queries.CommunityCount) -> dict[str, Any]:
    community = row.community
    return {
        "slug": community.slug,
        "name": community_label(community),
        "kind": community.kind,
        "parent": community.parent.slug if community.parent else None,
        "proposed": community.confirmation is Confirmation.PROPOSED,
        "count": row.count,
        "url": path_to("communities", community.slug),
    }


def program_told(row: queries.ProgramCount) -> dict[str, Any]:
    program = row.program
    return {
        "slug": program.slug,
        "name": program.name,
        "short_name": program.label,
        "years": program.years,
        "proposed": program.confirmation is Confirmation.PROPOSED,
        "count": row.count,
        "url": path_to("programs", program.slug),
    }


def tag_told(row: queries.TagCount) -> dict[str, Any]:
    return {
        "slug": row.tag.slug,
        "name": row.tag.name,
        "count": row.count,
        "url": path_to("tags", row.tag.slug),
    }


def path_to(room: str, slug: str) -> str:
    """The address of a page, without host."""
    return f"/{room}/{quote(slug)}"
