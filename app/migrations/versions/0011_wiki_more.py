"""due months that were told of; talk of communities, and notices of it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column(
        "lesson_part", sa.Column("told_due", sa.String(), nullable=False, server_default="")
    )
    op.add_column(
        "community",
        sa.Column("last_comment_number", sa.Integer(), nullable=False, server_default="0"),
    )
    op.create_table(
        "community_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=False),
        sa.Column("plain", sa.String(), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("edited_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["community.id"],
            name=op.f("fk_community_comment_community_id_community"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_community_comment_author_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_comment")),
        sa.UniqueConstraint(
            "community_id", "number", name=op.f("uq_community_comment_community_id_number")
        ),
    )
    with op.batch_alter_table("community_comment", schema=None) as batch_op:
        for column in ("community_id", "author_id"):
            batch_op.create_index(batch_op.f(f"ix_community_comment_{column}"), [column])
    with op.batch_alter_table("form_token", schema=None) as batch_op:
        batch_op.add_column(sa.Column("community_comment_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_form_token_community_comment_id_community_comment"),
            "community_comment",
            ["community_comment_id"],
            ["id"],
        )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("community_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_notice_community_id_community"), "community", ["community_id"], ["id"]
        )
        batch_op.alter_column("entry_id", existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    """Co-authors stand only in the revisions from then on; the older code has no word for them."""
    op.execute(
        sa.text(
            "DELETE FROM notice WHERE entry_id IS NULL"
            " OR kind IN"
            " ('step_due', 'talked', 'coauthor', 'stepped_back', 'program_proposed')"
        )
    )
    op.execute(sa.text("DELETE FROM entry_person WHERE role = 'author'"))
    op.execute(sa.text("DELETE FROM audit WHERE action = 'step_back'"))
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_notice_community_id_community"), type_="foreignkey")
        batch_op.drop_column("community_id")
        batch_op.alter_column("entry_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("form_token", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_form_token_community_comment_id_community_comment"),
            type_="foreignkey",
        )
        batch_op.drop_column("community_comment_id")
    op.drop_table("community_comment")
    op.drop_column("community", "last_comment_number")
    op.drop_column("lesson_part", "told_due")
