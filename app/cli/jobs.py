"""``bin/flask jobs``: work for later."""

from __future__ import annotations

import threading

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app.services import jobs as job_services
from app.services import worker

group = AppGroup("jobs", help="Work for later: mail, texts to render again, the index.")


@group.command("work")
@click.option("--once", is_flag=True, help="Do what is due and stop.")
def work(once: bool) -> None:
    """Run jobs and follow the change log, as a serving process does."""
    if once:
        done = worker.turn(leads=True)
        click.echo(f"{done} done")
        return
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    stop = threading.Event()
    try:
        worker.run_forever(app, stop)
    except KeyboardInterrupt:
        stop.set()


@group.command("list")
def list_() -> None:
    """Show jobs that wait or have failed."""
    rows = job_services.waiting_and_failed()
    for job in rows:
        click.echo(f"{job.id}\t{job.kind.value}\t{job.state.value}\t{job.key}\t{job.error}")
    if not rows:
        click.echo("no jobs")


@group.command("retry")
def retry() -> None:
    """Let failed jobs run again."""
    click.echo(f"{job_services.retry_failed()} jobs will run again")
