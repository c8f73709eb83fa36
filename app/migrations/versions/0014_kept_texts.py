"""several unsaved texts of one kind: each is named by the token of its form"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NEW = ("story", "post", "page", "forum", "note", "quick", "lesson")

autosave = sa.table(
    "autosave",
    sa.column("id", sa.Integer),
    sa.column("user_id", sa.Integer),
    sa.column("form", sa.String),
    sa.column("fields", sa.JSON),
    sa.column("kept_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    link = op.get_bind()
    kept = sa.select(autosave.c.id, autosave.c.form, autosave.c.fields)
    for row in link.execute(kept.where(autosave.c.form.in_(NEW))).all():
        token = dict(row.fields).get("token")
        if token:
            rename(row.id, f"{row.form}:{token}")


def downgrade() -> None:
    """The newest text of each kind keeps the name of the kind; there is room for no other."""
    link = op.get_bind()
    kept = sa.select(autosave.c.id, autosave.c.user_id, autosave.c.form)
    seen = set()
    for row in link.execute(kept.order_by(autosave.c.kept_at.desc(), autosave.c.id.desc())).all():
        what = row.form.partition(":")[0]
        if (row.user_id, what) in seen:
            link.execute(sa.delete(autosave).where(autosave.c.id == row.id))
        elif what != row.form:
            rename(row.id, what)
        seen.add((row.user_id, what))


def rename(number: int, form: str) -> None:
    op.get_bind().execute(sa.update(autosave).where(autosave.c.id == number).values(form=form))
