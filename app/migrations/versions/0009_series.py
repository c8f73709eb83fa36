"""series and their parts, posts that grew out of short notes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}")
    )


def upgrade() -> None:
    op.create_table(
        "growth",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        key("growth", "entry_id", "entry"),
        key("growth", "note_id", "entry"),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_growth")),
    )
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        key("series", "owner_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_table(
        "series_part",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        key("series_part", "entry_id", "entry"),
        key("series_part", "series_id", "series"),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_series_part")),
    )
    op.create_index(op.f("ix_growth_note_id"), "growth", ["note_id"])
    op.create_index(op.f("ix_series_owner_id"), "series", ["owner_id"])
    op.create_index(
        op.f("ix_series_part_series_id_series_part_position"),
        "series_part",
        ["series_id", "position"],
    )


def downgrade() -> None:
    """Short notes stay as posts."""
    for table in ("series_part", "series", "growth"):
        op.drop_table(table)
    op.execute(sa.text("UPDATE entry SET kind = 'post' WHERE kind = 'journal'"))
