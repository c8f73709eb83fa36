"""what was asked of search"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("times_found", sa.Integer(), nullable=False),
        sa.Column("last_total", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("is_dismissed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search")),
        sa.UniqueConstraint("folded", name=op.f("uq_search_folded")),
    )
    with op.batch_alter_table("search", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_search_last_total_search_times"), ["last_total", "times"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_search_last_day"), ["last_day"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("search", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_search_last_day"))
        batch_op.drop_index(batch_op.f("ix_search_last_total_search_times"))

    op.drop_table("search")
