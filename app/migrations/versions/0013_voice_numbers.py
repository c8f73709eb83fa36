"""the number of a voice note is never given out again"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_anew(autoincrement=True)


def downgrade() -> None:
    _make_anew(autoincrement=False)


def _make_anew(*, autoincrement: bool) -> None:
    """SQLite alone gives the highest number again; the sequences of PostgreSQL do not."""
    if op.get_bind().dialect.name != "sqlite":
        return
    with op.batch_alter_table(
        "voice_note", recreate="always", table_kwargs={"sqlite_autoincrement": autoincrement}
    ):
        pass
