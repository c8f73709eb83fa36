"""text that is not saved yet, and what a form saved when it was sent"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "autosave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_autosave_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_autosave")),
        sa.UniqueConstraint("user_id", "form", name=op.f("uq_autosave_user_id_form")),
    )
    with op.batch_alter_table("autosave", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_autosave_kept_at"), ["kept_at"], unique=False)
    with op.batch_alter_table("form_token", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("digest", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("form_token", schema=None) as batch_op:
        batch_op.drop_column("digest")
        batch_op.drop_column("revision")
    with op.batch_alter_table("autosave", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_autosave_kept_at"))

    op.drop_table("autosave")
