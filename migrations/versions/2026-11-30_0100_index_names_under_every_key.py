"""Index names of identities and operators under every live key; tell which pepper lies where."""

import sqlalchemy as sa
from alembic import op

revision = "0004_names_under_every_key"
down_revision = "0003_text_messages"
branch_labels = None
depends_on = None

_COPY = {
    "external_identity": (
        "INSERT INTO external_identity_index (keyed_hash, key_version, external_identity) "
        "SELECT subject_hash, :version, id FROM external_identity"
    ),
    "operator": (
        "INSERT INTO operator_index (keyed_hash, key_version, operator) "
        "SELECT email_hash, :version, id FROM operator"
    ),
}
_COPY_BACK = {
    "external_identity": (
        "UPDATE external_identity SET subject_hash = (SELECT keyed_hash "
        "FROM external_identity_index one WHERE one.external_identity = external_identity.id "
        "ORDER BY one.key_version DESC LIMIT 1)"
    ),
    "operator": (
        "UPDATE operator SET email_hash = (SELECT keyed_hash FROM operator_index one "
        "WHERE one.operator = operator.id ORDER BY one.key_version DESC LIMIT 1)"
    ),
}
_VERSIONS = "SELECT version FROM server_key WHERE \"use\" = 'index' AND retired_at IS NULL"


def upgrade() -> None:
    _add_index("external_identity")
    _add_index("operator")
    connection = op.get_bind()
    live = list(connection.execute(sa.text(_VERSIONS)).scalars())
    # 0 where a rotation is under way: nobody noted under which key a hash was made.
    version = {"version": live[0] if len(live) == 1 else 0}
    for copy in _COPY.values():
        connection.execute(sa.text(copy), version)
    with op.batch_alter_table("external_identity") as table:
        table.drop_constraint(op.f("uq_external_identity_issuer_subject_hash"), type_="unique")
        table.drop_column("subject_hash")
    with op.batch_alter_table("operator") as table:
        table.drop_constraint(op.f("uq_operator_email_hash"), type_="unique")
        table.drop_column("email_hash")
    op.add_column(
        "authenticator",
        sa.Column(
            "pepper_version",
            sa.Integer(),
            nullable=True,
            comment="as last looked at; null: not looked at yet",
        ),
    )
    op.add_column(
        "recovery_code",
        sa.Column(
            "key_version",
            sa.Integer(),
            nullable=True,
            comment="of the index key; null: under the customer's own key",
        ),
    )
    connection.execute(sa.text("UPDATE recovery_code SET key_version = :version"), version)


def downgrade() -> None:
    with op.batch_alter_table("recovery_code") as table:
        table.drop_column("key_version")
    with op.batch_alter_table("authenticator") as table:
        table.drop_column("pepper_version")
    _put_back("operator", "email_hash", "keyed hash", ["email_hash"])
    _put_back(
        "external_identity",
        "subject_hash",
        "keyed hash of the subject there",
        ["issuer", "subject_hash"],
    )
    op.drop_index(op.f("ix_operator_index_operator"), table_name="operator_index")
    op.drop_table("operator_index")
    op.drop_index(
        op.f("ix_external_identity_index_external_identity"), table_name="external_identity_index"
    )
    op.drop_table("external_identity_index")


def _add_index(owner: str) -> None:
    of = {"external_identity": "of issuer and subject", "operator": "of the e-mail address"}
    op.create_table(
        f"{owner}_index",
        sa.Column("keyed_hash", sa.LargeBinary(), nullable=False, comment=of[owner]),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column(owner, sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            [owner], [f"{owner}.id"], name=op.f(f"fk_{owner}_index_{owner}"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("keyed_hash", name=op.f(f"pk_{owner}_index")),
    )
    op.create_index(op.f(f"ix_{owner}_index_{owner}"), f"{owner}_index", [owner], unique=False)


def _put_back(owner: str, column: str, comment: str, unique: list[str]) -> None:
    """Give the table its one hash again: the one under the newest key."""
    op.add_column(owner, sa.Column(column, sa.LargeBinary(), nullable=True, comment=comment))
    op.execute(_COPY_BACK[owner])
    with op.batch_alter_table(owner) as table:
        table.alter_column(column, existing_type=sa.LargeBinary(), nullable=False)
        table.create_unique_constraint(op.f(f"uq_{owner}_{'_'.join(unique)}"), unique)
