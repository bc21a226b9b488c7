"""Keep devices that are trusted, how sign-ins were judged, and links that disown one."""

import sqlalchemy as sa
from alembic import op

revision = "0002_trusted_devices"
down_revision = "0001_first_tables"
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
        "trusted_device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "credential_epoch",
            sa.Integer(),
            nullable=False,
            comment="of the customer, at that time",
        ),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_used_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column(
            "sealed_context",
            sa.LargeBinary(),
            nullable=True,
            comment="user agent, for the customer's own list",
        ),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_trusted_device_customer_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_device")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_trusted_device_secret_hash")),
    )
    op.create_index(
        op.f("ix_trusted_device_customer"), "trusted_device", ["customer"], unique=False
    )
    op.create_table(
        "sign_in_dispute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("signed_in_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column(
            "sealed_context",
            sa.LargeBinary(),
            nullable=True,
            comment="device and country, as the mail said",
        ),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_sign_in_dispute_customer_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_dispute")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_dispute_token_hash")),
    )
    op.create_index(
        op.f("ix_sign_in_dispute_customer"), "sign_in_dispute", ["customer"], unique=False
    )
    op.create_table(
        "risk_assessment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("assessed_at", Instant(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False, comment="allow, ask, refuse"),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False, comment="observe, enforce"),
        sa.Column("network_hash", sa.LargeBinary(), nullable=False, comment="keyed hash"),
        sa.Column(
            "signed_in_at", Instant(), nullable=True, comment="null: it did not end in a session"
        ),
        sa.Column("sealed_context", sa.LargeBinary(), nullable=True, comment="country and signals"),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_risk_assessment_customer_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_assessment")),
    )
    op.create_index(
        "ix_risk_assessment_customer",
        "risk_assessment",
        ["customer", "assessed_at"],
        unique=False,
    )
    op.create_index(
        "ix_risk_assessment_network",
        "risk_assessment",
        ["network_hash", "assessed_at"],
        unique=False,
    )
    op.create_index(
        "ix_risk_assessment_expires_at", "risk_assessment", ["expires_at"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_risk_assessment_expires_at", table_name="risk_assessment")
    op.drop_index("ix_risk_assessment_network", table_name="risk_assessment")
    op.drop_index("ix_risk_assessment_customer", table_name="risk_assessment")
    op.drop_table("risk_assessment")
    op.drop_index(op.f("ix_sign_in_dispute_customer"), table_name="sign_in_dispute")
    op.drop_table("sign_in_dispute")
    op.drop_index(op.f("ix_trusted_device_customer"), table_name="trusted_device")
    op.drop_table("trusted_device")
