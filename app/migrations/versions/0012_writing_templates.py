"""texts that somebody begins new ones from"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "writing_template",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_writing_template_entry_id_entry")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_writing_template_user_id_user")
        ),
        sa.PrimaryKeyConstraint("user_id", "entry_id", name=op.f("pk_writing_template")),
    )
    with op.batch_alter_table("writing_template", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_writing_template_entry_id"), ["entry_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("writing_template", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_writing_template_entry_id"))

    op.drop_table("writing_template")
