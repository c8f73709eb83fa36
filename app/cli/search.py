"""``bin/flask search``: the index."""

from __future__ import annotations

import time

import click
from flask.cli import AppGroup

from app.cli import explained
from app.cli.progress import bar
from app.services import checking, explaining, indexing, measuring, rebuilding
from app.services.checking import Difference

group = AppGroup("search", help="Look after the search index.")

#: Seconds between two looks at what the running site does.
LOOK_S = 0.3
NO_WAIT = click.option(
    "--no-wait", is_flag=True, help="Beside a running site: leave the wish and return at once."
)


class Engine(click.ParamType):
    """The name of an engine that a site may use."""

    name = "engine"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in rebuilding.engines():
            known = ", ".join(rebuilding.engines())
            self.fail(f"There is no search engine {value!r}. Known are: {known}.", param, ctx)
        return value


@group.command("rebuild")
@NO_WAIT
def rebuild(no_wait: bool) -> None:
    """Build the index anew, aside, and switch to it; searching goes on meanwhile."""
    rebuilding.ask()
    bring_about(waits=not no_wait)


@group.command("use")
@click.argument("engine", type=Engine())
@NO_WAIT
def use(engine: str, no_wait: bool) -> None:
    """Let ENGINE keep the index: build it aside, and switch to it when it is done.

    Searching and saving go on meanwhile, with the engine in use.
    """
    if rebuilding.in_use() == engine:
        rebuilding.choose(engine)
        click.echo(f"{engine} keeps the index already.")
        return
    rebuilding.choose(engine)
    bring_about(waits=not no_wait)


def bring_about(*, waits: bool) -> None:
    """Do what is wished where no site runs; otherwise leave it to the site, and watch."""
    with indexing.leading() as alone:
        if alone:
            build_here()
            return
    if not waits:
        click.echo(
            "The running site builds the index beside its work; searching goes on. "
            "How far it is stands at /admin/health."
        )
        return
    watch()


def build_here() -> None:
    try:
        with bar(rebuilding.entries(), "Indexing") as told:
            count = rebuilding.carry_out(lambda done, _total: told(done))
    except OSError as error:
        raise click.ClickException(
            f"The index cannot be built: {error}. The one in use, if any, was left as it is."
        ) from error
    click.echo(f"{count} entries in the index, kept by {rebuilding.in_use()}")


def watch() -> None:
    """Show how far the running site is; take over when it ends."""
    click.echo("The running site builds the index. Ctrl-C ends this command, not the building.")
    with click.progressbar(length=max(1, rebuilding.entries()), label="Indexing") as shown:
        while not rebuilding.is_as_wanted():
            told = rebuilding.progress()
            if told is not None and told.failed:
                raise click.ClickException(
                    f"The site could not build it: {told.failed}. It goes on with the index in "
                    f"use, and tries again by itself."
                )
            if told is not None:
                shown.length = max(1, told.total)
                shown.update(told.done - shown.pos)
            with indexing.leading() as alone:
                if alone:
                    build_here()
                    return
            time.sleep(LOOK_S)
        shown.update((shown.length or 0) - shown.pos)
    click.echo(f"done; the index is kept by {rebuilding.in_use()}")


@group.command("check")
@click.option("--dry-run", is_flag=True, help="Say what differs and change nothing.")
@click.pass_context
def check(ctx: click.Context, dry_run: bool) -> None:
    """Compare the index with the database, and repair what differs.

    Exit status 0 when they are equal or were made so, 1 when not.
    """
    with indexing.leading() as alone, bar(rebuilding.entries(), "Comparing") as told:
        try:
            outcome = checking.check(alone=alone, dry_run=dry_run, told=told)
        except OSError as error:
            raise click.ClickException(f"The index cannot be repaired: {error}.") from error
    if outcome.unusable:
        click.echo(f"The index could not be used: {outcome.unusable}")
    if outcome.found is None:
        click.echo("Repair it by running this without --dry-run." if dry_run else "It still is so.")
        ctx.exit(1)
    elif outcome.unusable:
        click.echo("It was built anew.")
    tell(outcome.found)
    if outcome.left is not None:
        tell_repair(outcome.left)
    elif outcome.found.ids:
        click.echo("Nothing was changed.")
    ctx.exit(0 if outcome.is_good and not (dry_run and outcome.found.behind) else 1)


def tell(found: Difference) -> None:
    """What a comparison found, in plain words."""
    click.echo(f"{found.engine}: {found.documents} entries in the index")
    if found.behind:
        click.echo(f"{found.behind} changes are not in the index yet; it follows by itself.")
    rows = (
        ("missing from the index", found.missing),
        ("in the index, but no longer on the site", found.extra),
        ("of an older version in the index", found.stale),
    )
    for words, ids in rows:
        if ids:
            named = ", ".join(map(str, checking.numbers_of(ids)))
            more = ", …" if len(ids) > checking.MOST_NAMED else ""
            click.echo(f"{len(ids)} {words}" + (f": {named}{more}" if named else ""))
    if found.is_equal:
        click.echo("Index and database are equal.")


def tell_repair(left: Difference) -> None:
    if not left.ids:
        click.echo("Repaired: index and database are equal now.")
        return
    named = ", ".join(map(str, checking.numbers_of(left.ids)))
    click.echo(
        f"{len(left.ids)} still differ: {named}. The log of the site says why an entry cannot be "
        f"indexed."
    )


@group.command("explain")
@click.argument("query")
@click.option("--first", type=click.IntRange(1, 50), default=5, show_default=True, help="Hits.")
@click.option("--entry", "number", type=int, help="Record number of one entry, found or not.")
def explain(query: str, first: int, number: int | None) -> None:
    """Say how QUERY is read, and why entries are found and rank as they do."""
    with bar(rebuilding.entries() if explaining.reads_all() else 0, "Reading") as told:
        found = explaining.explain(query, first=first, number=number, told=told)
    for line in explained.lines(found):
        click.echo(line)


@group.command("bench")
def bench() -> None:
    """Time the index in use with words of this site's own titles and tags."""
    timing = measuring.measure()
    size = timing.bytes_on_disk / 1024 / 1024
    click.echo(f"{timing.engine}: {timing.documents} entries, {size:.0f} MB on disk")
    for row in timing.times:
        click.echo(
            f"{row.name:<16} {row.count:>4} times   p50 {row.p50:7.1f} ms   p95 {row.p95:7.1f} ms"
        )
    if timing.memory_mb is not None:
        click.echo(f"memory of this process {timing.memory_mb:.0f} MB")
