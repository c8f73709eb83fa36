"""voice notes and the queue in which others type them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: name -> columns of the indexes of voice_note.
INDEXES = {
    "ix_voice_note_state_voice_note_queued_at": ["state", "queued_at"],
    "ix_voice_note_entry_id": ["entry_id"],
    "ix_voice_note_typist_id": ["typist_id"],
}


def key(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_voice_note_{column}_{target}")
    )


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seconds", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "voice_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("upload_id", sa.Integer(), nullable=False),
        sa.Column("speaker", sa.String(), nullable=False),
        sa.Column("speaker_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("consent", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("queued_at", moment, nullable=True),
        sa.Column("claimed_by_id", sa.Integer(), nullable=True),
        sa.Column("claimed_at", moment, nullable=True),
        sa.Column("typist_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("typed_at", moment, nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", moment, nullable=True),
        key("entry_id", "entry"),
        key("upload_id", "upload"),
        key("speaker_id", "user"),
        key("claimed_by_id", "user"),
        key("typist_id", "user"),
        key("approved_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_note")),
        sa.UniqueConstraint("upload_id", name=op.f("uq_voice_note_upload_id")),
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "voice_note", columns)


def downgrade() -> None:
    """Recordings stay with those who sent them; what was told and logged of them goes."""
    op.execute(sa.text("DELETE FROM notice WHERE kind LIKE 'voice%'"))
    op.execute(sa.text("DELETE FROM audit WHERE action LIKE 'voice%'"))
    for name in INDEXES:
        op.drop_index(name, "voice_note")
    op.drop_table("voice_note")
    op.drop_column("upload", "seconds")
