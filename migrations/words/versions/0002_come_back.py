"""The come-back code of a conversation: a keyed digest, and until when it opens it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("code_digest", sa.String(64)))
    op.add_column("conversations", sa.Column("code_expires_at", sa.DateTime(timezone=True)))
    op.create_index("conversations_code", "conversations", ["code_digest"], unique=True)


def downgrade() -> None:
    op.drop_index("conversations_code", "conversations")
    op.drop_column("conversations", "code_expires_at")
    op.drop_column("conversations", "code_digest")
