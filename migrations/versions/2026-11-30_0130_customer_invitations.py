"""Invitations of customers by operators."""

import sqlalchemy as sa
from alembic import op

revision = "0005_customer_invitations"
down_revision = "0004_names_under_every_key"
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
        "customer_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("link_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_address", sa.LargeBinary(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False, comment="keyed hash"),
        sa.Column("invited_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_invitation")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_customer_invitation_link_hash")),
    )
    op.create_index(
        op.f("ix_customer_invitation_address_hash"), "customer_invitation", ["address_hash"]
    )
    op.create_index(
        op.f("ix_customer_invitation_expires_at"), "customer_invitation", ["expires_at"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_customer_invitation_expires_at"), table_name="customer_invitation")
    op.drop_index(op.f("ix_customer_invitation_address_hash"), table_name="customer_invitation")
    op.drop_table("customer_invitation")
