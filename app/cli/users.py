"""``bin/flask users``: accounts, rights and keys."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup
from flask_babel import force_locale

from app.errors import AppError, Invalid
from app.queries import people
from app.queries import taxonomy as taxonomy_queries
from app.services import access_tokens, accounts, rights
from app.vocabulary import Right, TokenScope

if TYPE_CHECKING:
    from app.models import Community, Program, User

group = AppGroup("users", help="Accounts, rights and keys.")

RIGHTS = [right.value for right in Right]


@group.command("create")
@click.argument("username")
@click.option("--right", type=click.Choice(RIGHTS), default=Right.MEMBER.value, show_default=True)
@click.option("--display-name", required=True, help="The name to show.")
@click.option("--community", "slug", help="Slug of the community of a writer or facilitator.")
@click.option(
    "--faculty", default="", metavar="SCHOOL, FIELD", help="Confirm the badge of faculty."
)
@click.option(
    "--password-stdin", is_flag=True, required=True, help="Read the password from standard input."
)
def create(
    username: str,
    right: str,
    display_name: str,
    slug: str | None,
    faculty: str,
    password_stdin: bool,
) -> None:
    """Make an account; the password comes from standard input."""
    password = sys.stdin.readline().rstrip("\n")
    with refusals():
        user = accounts.create_by_terminal(
            username=username,
            password=password,
            display_name=display_name,
            right=Right(right),
            community=taxonomy_queries.get_community(slug) if slug else None,
            faculty=faculty,
        )
    click.echo(f"{user.username}: {right}{f' at {slug}' if slug else ''}")


@group.command("right")
@click.argument("username")
@click.argument("right", type=click.Choice(RIGHTS))
@click.option("--community", "community_slug", help="Where the right holds.")
@click.option("--program", "program_slug", help="Or: the program it holds for.")
@click.option("--remove", is_flag=True, help="Take the right back.")
def right_(
    username: str, right: str, community_slug: str | None, program_slug: str | None, remove: bool
) -> None:
    """Give somebody a right, or take it back."""
    with refusals():
        user = account(username)
        community: Community | None = None
        program: Program | None = None
        if community_slug:
            community = taxonomy_queries.get_community(community_slug)
        if program_slug:
            program = taxonomy_queries.get_program(program_slug)
        change = rights.revoke if remove else rights.grant
        change(None, user, Right(right), community=community, program=program)
    click.echo(f"{username}: {right} {'removed' if remove else 'given'}")


@group.command("token")
@click.argument("username")
@click.option(
    "--scope",
    type=click.Choice([scope.value for scope in TokenScope]),
    default="read",
    show_default=True,
)
def token(username: str, scope: str) -> None:
    """Print a new API token; it is shown once."""
    with refusals():
        click.echo(access_tokens.make(None, account(username), scope=TokenScope(scope)))


def account(username: str) -> User:
    return people.get_by_username(username)


class refusals:
    """Turns a refusal of the services into a sentence and exit status 1."""

    def __enter__(self) -> None:
        self.locale = force_locale("en")
        self.locale.__enter__()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.locale.__exit__(None, None, None)
        if isinstance(error, Invalid):
            said = "; ".join(
                f"{name}: {' '.join(map(str, why))}" for name, why in error.fields.items()
            )
            raise click.ClickException(said) from error
        if isinstance(error, AppError):
            raise click.ClickException(str(error)) from error
