"""Definitions of attributes, and what customers are asked at sign-ins."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_attribute_definitions"
down_revision = "0005_customer_invitations"
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


_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "attribute_definition",
        sa.Column("key", sa.String(length=64), nullable=False, comment="the name of the claim"),
        sa.Column("document", _JSON, nullable=False),
        sa.Column("managed_by", sa.String(length=16), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attribute_definition")),
    )
    op.create_table(
        "sign_in_count",
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column(
            "sign_ins",
            sa.Integer(),
            nullable=False,
            comment="since attributes are asked at sign-ins",
        ),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_sign_in_count_customer_customer")
        ),
        sa.PrimaryKeyConstraint("customer", name=op.f("pk_sign_in_count")),
    )
    op.create_table(
        "profile_question",
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("attribute", sa.String(length=64), nullable=False),
        sa.Column("skipped_at", Instant(), nullable=False, comment="when they said: not now"),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_profile_question_customer_customer")
        ),
        sa.PrimaryKeyConstraint("customer", "attribute", name=op.f("pk_profile_question")),
    )


def downgrade() -> None:
    op.drop_table("profile_question")
    op.drop_table("sign_in_count")
    op.drop_table("attribute_definition")
