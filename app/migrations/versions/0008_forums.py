"""forum records: who came, their lines, the lessons grown from them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("present", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("group_count", sa.Integer(), nullable=True))
    with op.batch_alter_table("lesson_part", schema=None) as batch_op:
        batch_op.add_column(sa.Column("group", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("side", sa.String(length=24), nullable=True))
    op.create_table(
        "line_growth",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_line_growth_entry_id_entry")
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["lesson_part.id"], name=op.f("fk_line_growth_part_id_lesson_part")
        ),
        sa.PrimaryKeyConstraint("entry_id", "part_id", name=op.f("pk_line_growth")),
    )
    with op.batch_alter_table("line_growth", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_line_growth_part_id"), ["part_id"], unique=False)


def downgrade() -> None:
    """Records of forums stay as posts: the text holds their groups and lines."""
    op.drop_table("line_growth")
    op.execute(sa.text("DELETE FROM lesson_part WHERE kind = 'q'"))
    op.execute(sa.text("UPDATE entry SET kind = 'post' WHERE kind = 'forum'"))
    for column in ("side", "group"):
        op.drop_column("lesson_part", column)
    for column in ("group_count", "present"):
        op.drop_column("entry", column)
