"""what was blacked out, as a digest: it is known again in a form that was opened before"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "black_out",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_black_out_entry_id_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_black_out")),
    )
    with op.batch_alter_table("black_out", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_black_out_entry_id"), ["entry_id"], unique=False)


def downgrade() -> None:
    """What was to follow a saving follows the next one; the older code has no word for the job."""
    op.execute(sa.text("DELETE FROM job WHERE kind = 'follow_up'"))
    with op.batch_alter_table("black_out", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_black_out_entry_id"))

    op.drop_table("black_out")
