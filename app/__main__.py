"""bin/flask: the command line of the site, inside ``.venv``.

The commands themselves stand in ``app/cli/``, one module for each group; exit status is 0
for done, 1 for not done (said why), 2 for a command or setting that cannot be.
"""

from __future__ import annotations

import sys

import click
from flask.cli import ScriptInfo, routes_command, shell_command
from flask_migrate.cli import db as db_commands

from app import create_app, migrations
from app.errors import AppError
from config import ConfigError


def main() -> None:
    try:
        app = create_app()
        migrations.use_in(app)
        app.cli.help = "The site from a terminal. Each command explains itself with --help."
        for command in (db_commands, routes_command, shell_command):
            app.cli.add_command(command)
        app.cli.main(prog_name="bin/flask", obj=ScriptInfo(create_app=lambda: app))
    except ConfigError as error:
        click.echo(f"bin/flask: {error}", err=True)
        sys.exit(2)
    except AppError as error:
        click.echo(f"bin/flask: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
