"""``bin/flask content``: bring texts in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import AppGroup
from flask_babel import force_locale

from app import formats
from app.cli.progress import bar
from app.formats.records import EntryRecord, ReadError, Record
from app.queries import people
from app.services import importing, indexing

group = AppGroup("content", help="Bring texts in.")


@group.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--as", "username", help="The account that owns texts which name no author.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
def import_(paths: tuple[Path, ...], username: str | None, dry_run: bool) -> None:
    """Import Markdown folders and files, and saved GotoKnow pages (HTML or text).

    The same file again changes nothing.  What cannot be read is named with its line and
    reason; the rest comes in, and the exit status is 1.
    """
    author = people.find_by_username(username) if username else None
    if username and author is None:
        raise click.UsageError(f"There is no account {username!r}.")
    with force_locale("en"):
        records = list(records_of(paths))
        entries = sum(isinstance(record, EntryRecord) for record in records)
        with bar(entries, "Importing") as told:
            report = importing.import_records(
                None, records, author=author, dry_run=dry_run, progress=told
            )
    say(report, dry_run=dry_run)
    if report.is_news and not dry_run:
        follow()
    raise SystemExit(1 if report.problems else 0)


def records_of(paths: tuple[Path, ...]) -> Iterator[Record | ReadError]:
    for path in paths:
        yield from formats.read(path)


def say(report: importing.Report, *, dry_run: bool) -> None:
    """Tell what came in, what did not, and why."""
    for problem in report.problems:
        click.echo(problem, err=True)
    if not report.is_news and not report.problems:
        click.echo("ไม่มีอะไรใหม่ (nothing new)")
        return
    would = "would be " if dry_run else ""
    click.echo(
        f"{report.added} {would}added, {report.changed} {would}changed, {report.same} as before, "
        f"{len(report.problems)} not taken"
    )
    if report.taxonomy:
        click.echo(f"communities, programs and words: {len(report.taxonomy)}")
    if 0 < len(report.numbers) <= 10:
        click.echo("numbers: " + ", ".join(str(number) for number in report.numbers))


def follow() -> None:
    """Bring the index up to date, unless a running site does it."""
    done = indexing.follow_if_alone()
    if done is None:
        click.echo("search: the running site takes it up by itself")
