"""Lost second factors: requests that wait before anything is removed."""

import sqlalchemy as sa
from alembic import op

revision = "0007_delayed_recovery"
down_revision = "0006_attribute_definitions"
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
        "factor_recovery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("cancel_hash", sa.LargeBinary(), nullable=False, comment="sent to every contact"),
        sa.Column(
            "sealed_context",
            sa.LargeBinary(),
            nullable=False,
            comment="device, secret of the link",
        ),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ready_at", Instant(), nullable=False, comment="when the wait is over"),
        sa.Column("next_notice_at", Instant(), nullable=False, comment="or the end: none more"),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("claimed_at", Instant(), comment="the second factors were removed"),
        sa.Column("ended_at", Instant(), comment="cancelled"),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_factor_recovery_customer_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_recovery")),
        sa.UniqueConstraint("cancel_hash", name=op.f("uq_factor_recovery_cancel_hash")),
    )
    for column in ("customer", "expires_at", "next_notice_at"):
        op.create_index(op.f(f"ix_factor_recovery_{column}"), "factor_recovery", [column])


def downgrade() -> None:
    for column in ("next_notice_at", "expires_at", "customer"):
        op.drop_index(op.f(f"ix_factor_recovery_{column}"), table_name="factor_recovery")
    op.drop_table("factor_recovery")
