"""Keep what text messages cost, whether their codes come back, and changes of numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0003_text_messages"
down_revision = "0002_trusted_devices"
branch_labels = None
depends_on = None


class Instant(sa.TypeDecorator[object]):
    """An instant: timestamptz on PostgreSQL, microseconds since 1970 on SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[object]:
        """Choose the column of the dialect."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.DateTime(timezone=True))


def upgrade() -> None:
    op.create_table(
        "sms_block",
        sa.Column(
            "block",
            sa.String(length=16),
            nullable=False,
            comment="E.164 but for the last five digits",
        ),
        sa.Column(
            "codes", sa.Integer(), nullable=False, comment="sent since the block was last judged"
        ),
        sa.Column("used", sa.Integer(), nullable=False, comment="codes that came back"),
        sa.Column("stopped_until", Instant(), nullable=True),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("block", name=op.f("pk_sms_block")),
    )
    op.create_index("ix_sms_block_expires_at", "sms_block", ["expires_at"], unique=False)
    op.create_table(
        "sms_day",
        sa.Column("day", sa.String(length=10), nullable=False, comment="UTC, YYYY-MM-DD"),
        sa.Column(
            "spent",
            sa.BigInteger(),
            nullable=False,
            comment="in the units of the policy's budget",
        ),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_sms_day")),
    )
    op.create_index("ix_sms_day_expires_at", "sms_day", ["expires_at"], unique=False)
    op.create_table(
        "phone_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("old_identifier", sa.Uuid(), nullable=True, comment="none: a first number"),
        sa.Column("new_identifier", sa.Uuid(), nullable=True, comment="none: it was removed"),
        sa.Column("undo_hash", sa.LargeBinary(), nullable=False, comment="sent to the old ones"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_phone_change_customer")
        ),
        sa.ForeignKeyConstraint(
            ["new_identifier"], ["identifier.id"], name=op.f("fk_phone_change_new_identifier")
        ),
        sa.ForeignKeyConstraint(
            ["old_identifier"], ["identifier.id"], name=op.f("fk_phone_change_old_identifier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_change")),
        sa.UniqueConstraint("undo_hash", name=op.f("uq_phone_change_undo_hash")),
    )
    op.create_index(op.f("ix_phone_change_customer"), "phone_change", ["customer"], unique=False)
    op.create_index(
        op.f("ix_phone_change_expires_at"), "phone_change", ["expires_at"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_phone_change_expires_at"), table_name="phone_change")
    op.drop_index(op.f("ix_phone_change_customer"), table_name="phone_change")
    op.drop_table("phone_change")
    op.drop_index("ix_sms_day_expires_at", table_name="sms_day")
    op.drop_table("sms_day")
    op.drop_index("ix_sms_block_expires_at", table_name="sms_block")
    op.drop_table("sms_block")
