"""Telegram: its chats, what each has had, the updates that were taken, and who polls."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "telegram_chats",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column(
            "conversation_id",
            sa.String(32),
            sa.ForeignKey("conversations.id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        sa.Column("chat_id", sa.LargeBinary, nullable=False),
        sa.Column("delivered_number", sa.Integer, nullable=False),
        sa.Column("delivered_parts", sa.Integer, nullable=False),
        sa.Column("undeliverable", sa.String(16)),
        sa.Column("hide_up_to", sa.BigInteger),
    )
    op.create_table(
        "telegram_messages",
        sa.Column(
            "conversation_id",
            sa.String(32),
            sa.ForeignKey("conversations.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "telegram_updates",
        sa.Column("update_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.create_table(
        "telegram_lease",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("telegram_lease")
    op.drop_table("telegram_updates")
    op.drop_table("telegram_messages")
    op.drop_table("telegram_chats")
