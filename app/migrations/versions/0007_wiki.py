"""notices, proposals, limits of editing, former titles, reviews"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: table -> (name, columns) of its indexes.
INDEXES = {
    "notice": (
        ("ix_notice_user_id_notice_read_at", ["user_id", "read_at"]),
        ("ix_notice_user_id_notice_created_at", ["user_id", "created_at"]),
        ("ix_notice_entry_id", ["entry_id"]),
        ("ix_notice_created_at", ["created_at"]),
    ),
    "proposal": (
        ("ix_proposal_status_proposal_created_at", ["status", "created_at"]),
        ("ix_proposal_entry_id", ["entry_id"]),
        ("ix_proposal_author_id", ["author_id"]),
    ),
    "edit_limit": (("ix_edit_limit_community_id", ["community_id"]),),
    "former_title": (
        ("ix_former_title_entry_id", ["entry_id"]),
        ("ix_former_title_folded", ["folded"]),
    ),
    "review": (("ix_review_due_on", ["due_on"]),),
}


def key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}")
    )


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("read_at", moment, nullable=True),
        key("notice", "user_id", "user"),
        key("notice", "entry_id", "entry"),
        key("notice", "actor_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("decided_at", moment, nullable=True),
        key("proposal", "entry_id", "entry"),
        key("proposal", "author_id", "user"),
        key("proposal", "decided_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("token", name=op.f("uq_proposal_token")),
    )
    op.create_table(
        "edit_limit",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("to", sa.String(length=24), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", moment, nullable=False),
        key("edit_limit", "entry_id", "entry"),
        key("edit_limit", "community_id", "community"),
        key("edit_limit", "by_id", "user"),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_edit_limit")),
    )
    op.create_table(
        "former_title",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("until", moment, nullable=False),
        key("former_title", "entry_id", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_title")),
    )
    op.create_table(
        "review",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", moment, nullable=True),
        key("review", "entry_id", "entry"),
        key("review", "set_by_id", "user"),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_review")),
    )
    for table, indexes in INDEXES.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, columns in indexes:
                batch_op.create_index(op.f(name), columns, unique=False)


def downgrade() -> None:
    for table in reversed(INDEXES):
        op.drop_table(table)
