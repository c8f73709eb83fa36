"""``bin/flask search``: the index."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.cli.progress import bar
from app.queries import entries
from app.services import indexing

group = AppGroup("search", help="Look after the search index.")


@group.command("rebuild")
def rebuild() -> None:
    """Build the index anew, aside, and switch to it; searching goes on meanwhile."""
    if not indexing.may_write():
        raise click.ClickException(
            "A running site writes this index. Stop the site first, or delete search_index/: "
            "the site then builds it anew by itself."
        )
    with bar(entries.count_published(), "Indexing") as told:
        count = indexing.rebuild(lambda done, _total: told(done))
    click.echo(f"{count} entries in the index")
