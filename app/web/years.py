"""Years: what is told about each, in พ.ศ.; an address in ค.ศ. leads there."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from app.errors import NotFound
from app.queries import taxonomy as queries
from app.text.years import BE_YEARS, to_be
from app.web.caching import of_the_site, public_page
from app.web.helpers import PER_PAGE, page_number, viewer, year_url

bp = Blueprint("years", __name__)


@bp.get("/years")
@public_page(of_the_site)
def index() -> ResponseReturnValue:
    person = viewer()
    return render_template(
        "years/index.html",
        years=queries.years_with_counts(person),
        fiscal_years=queries.fiscal_years_with_counts(person),
    )


@bp.get("/years/<text>")
@public_page(of_the_site)
def show(text: str) -> ResponseReturnValue:
    year = read_year(text)
    if text != str(year):
        return redirect(year_url(year), 301)
    person, page = viewer(), page_number()
    total, entries = queries.entries_about(
        person, year=year, limit=PER_PAGE, offset=(page - 1) * PER_PAGE
    )
    in_fiscal_year, _entries = queries.entries_about(person, fiscal_year=year, limit=1)
    here = queries.about_year(year)
    known = [row.year for row in queries.years_with_counts(person)]
    return render_template(
        "years/show.html",
        year=year,
        entries=entries,
        total=total,
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
        in_fiscal_year=in_fiscal_year,
        programs=queries.programs_where(person, here),
        communities=queries.communities_where(person, here),
        hosts=queries.hosts_in(year),
        before=max((one for one in known if one < year), default=None),
        after=min((one for one in known if one > year), default=None),
    )


def read_year(text: str) -> int:
    """The year (พ.ศ.) of an address; NotFound for anything that is none."""
    try:
        year = to_be(text)
    except ValueError as error:
        raise NotFound(f"no year {text}") from error
    if year not in BE_YEARS:
        raise NotFound(f"no year {text}")
    return year
