"""``bin/flask demo``: made-up people and stories."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.cli.content import follow
from app.cli.progress import bar
from app.queries import entries
from app.services import demo as demo_services
from app.services import indexing

group = AppGroup("demo", help="Made-up people and stories, for trying and for load tests.")


@group.command("load")
@click.option("--entries", "count", type=click.IntRange(1, 200_000), default=60, show_default=True)
@click.option(
    "--seed", type=int, default=2548, show_default=True, help="The same seed makes the same texts."
)
def load(count: int, seed: int) -> None:
    """Add made-up people and stories, marked as such.

    From 1,000 entries on the texts are for measuring, not for reading: words as frequent as
    in Thai, lengths, years, places and programs as a site has them.
    """
    with bar(count, "Writing") as told:
        report = demo_services.load(count, seed=seed, progress=told)
    click.echo(
        f"{report.people} people, {report.entries} entries, {report.comments} comments; all made up"
    )
    if report.entries >= demo_services.MANY and indexing.may_write():
        with bar(entries.count_published(), "Indexing") as told:
            indexing.rebuild(lambda done, _total: told(done))
    else:
        follow()
