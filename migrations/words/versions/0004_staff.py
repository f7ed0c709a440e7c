"""Staff, their sessions and duty; the queue; flags, notes, presence, figures, audit, alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

APPEND_ONLY = ("UPDATE", "DELETE")


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    for column in (
        sa.Column("practice", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("urgency", sa.String(8), nullable=False, server_default="normal"),
        sa.Column("place", instant),
        sa.Column("dropped", sa.Integer, nullable=False, server_default="0"),
        sa.Column("staff_id", sa.Integer),
        sa.Column("claimed_at", instant),
        sa.Column("answered_at", instant),
        sa.Column("first_claimed_at", instant),
        sa.Column("stages_told", sa.Integer, nullable=False, server_default="0"),
        sa.Column("changes_told", sa.Integer, nullable=False, server_default="0"),
        sa.Column("duty_told", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("told_at", instant),
        sa.Column("alerts_sent", sa.Integer, nullable=False, server_default="0"),
        sa.Column("alerted_at", instant),
        sa.Column("outcome", sa.String(16)),
    ):
        op.add_column("handoffs", column)
    op.execute("UPDATE handoffs SET place = requested_at, told_at = requested_at")
    op.create_index("ix_handoffs_place", "handoffs", ["place"])
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("sign_in", sa.String(40), nullable=False, unique=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary),
        sa.Column("totp_step", sa.Integer),
        sa.Column("recovery", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", instant),
        sa.Column("disabled_at", instant),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("duty_on", sa.Boolean, nullable=False),
        sa.Column("room", sa.Integer, nullable=False),
        sa.Column("seen_at", instant),
        sa.Column("active_at", instant),
        sa.Column("looking_at", sa.String(32)),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False, index=True),
        sa.Column("stage", sa.String(8), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("active_at", instant, nullable=False),
    )
    op.create_table(
        "invites",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("expires_at", instant, nullable=False),
    )
    op.create_table(
        "flags",
        _conversation(primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("seen_by", sa.Integer),
        sa.Column("seen_at", instant),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        _conversation(index=True, nullable=False),
        sa.Column("staff_name", sa.String(40), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("at", instant, nullable=False),
    )
    op.create_table(
        "presence",
        _conversation(primary_key=True),
        sa.Column("seen_at", instant),
        sa.Column("delivered", sa.Integer, nullable=False),
        sa.Column("person_typing_at", instant),
        sa.Column("staff_typing_at", instant),
    )
    op.create_table(
        "figures",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("hour", instant, nullable=False, index=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("situation", sa.String(32), nullable=False),
        sa.Column("crisis", sa.Boolean, nullable=False),
        sa.Column("waited", sa.Integer),
        sa.Column("outcome", sa.String(16), nullable=False),
    )
    op.create_table(
        "alerts",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("ok_at", instant),
        sa.Column("failed_at", instant),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", instant, nullable=False, index=True),
        sa.Column("staff_name", sa.String(40), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("detail", sa.String(200), nullable=False),
    )
    _only_append("audit")


def _conversation(**how: object) -> sa.Column[str]:
    return sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id", ondelete="CASCADE"), **how)


def _only_append(table: str) -> None:
    """Have the database itself refuse to change what was written."""
    if op.get_bind().dialect.name == "sqlite":
        for event in APPEND_ONLY:
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"EXECUTE FUNCTION {table}_append_only()"
    )


def downgrade() -> None:
    for table in ("audit", "alerts", "figures", "presence", "notes", "flags", "invites", "sessions", "staff"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_append_only")
    op.drop_index("ix_handoffs_place", "handoffs")
    with op.batch_alter_table("handoffs") as handoffs:
        for name in (
            *("practice", "urgency", "place", "dropped", "staff_id", "claimed_at", "answered_at", "first_claimed_at"),
            *("stages_told", "changes_told", "duty_told", "told_at", "alerts_sent", "alerted_at", "outcome"),
        ):
            handoffs.drop_column(name)
