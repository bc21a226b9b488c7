"""Create the first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_first_tables"
down_revision = None
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


Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
Counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "attempt_counter",
        sa.Column("limit", sa.String(length=32), nullable=False, comment="name of the limit"),
        sa.Column(
            "key_hash", sa.LargeBinary(), nullable=False, comment="keyed hash of what is counted"
        ),
        sa.Column("window_start", Instant(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint(
            "limit", "key_hash", "window_start", name=op.f("pk_attempt_counter")
        ),
    )
    op.create_index(
        "ix_attempt_counter_expires_at", "attempt_counter", ["expires_at"], unique=False
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("tree_size", Counter, autoincrement=False, nullable=False),
        sa.Column("root_hash", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, comment="signed note (C2SP tlog-checkpoint)"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tree_size", name=op.f("pk_audit_checkpoint")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False, comment="of the event catalogue"),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column(
            "actor_kind",
            sa.String(length=16),
            nullable=False,
            comment="customer, client, operator, server",
        ),
        sa.Column(
            "actor", sa.String(length=64), nullable=True, comment="pseudonym, client_id or operator"
        ),
        sa.Column("customer", sa.String(length=64), nullable=True, comment="pseudonym"),
        sa.Column("client", sa.String(length=255), nullable=True),
        sa.Column("details", Json, nullable=False, comment="no personal data, no secrets"),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column(
            "mac",
            sa.LargeBinary(),
            nullable=False,
            comment="by a key of the server: it wrote this row",
        ),
        sa.Column("leaf_index", Counter, nullable=True, comment="null: not yet sequenced"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_audit_event_leaf_index")),
    )
    op.create_index(
        "ix_audit_event_customer", "audit_event", ["customer", "occurred_at"], unique=False
    )
    op.create_index(
        "ix_audit_event_pending",
        "audit_event",
        ["id"],
        unique=False,
        postgresql_where=sa.text("leaf_index IS NULL"),
        sqlite_where=sa.text("leaf_index IS NULL"),
    )
    op.create_table(
        "audit_node",
        sa.Column(
            "level", sa.Integer(), nullable=False, comment="8, 16 ...: root of 2^level leaves"
        ),
        sa.Column("node_index", Counter, autoincrement=False, nullable=False),
        sa.Column("node_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "node_index", name=op.f("pk_audit_node")),
    )
    op.create_table(
        "brand",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("managed_by", sa.String(length=16), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_brand")),
    )
    op.create_table(
        "config_generation",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("generation", Counter, server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_config_generation_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_config_generation")),
    )
    op.create_table(
        "connection",
        sa.Column(
            "key",
            sa.String(length=64),
            nullable=False,
            comment="stands in the address of its callback",
        ),
        sa.Column("document", Json, nullable=False, comment="everything but the secret"),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True, comment="null: there is none"),
        sa.Column(
            "managed_by", sa.String(length=16), nullable=False, comment="file, console or api"
        ),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_connection")),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column(
            "state",
            sa.String(length=16),
            nullable=False,
            comment="active, disabled, merged, erased",
        ),
        sa.Column("state_since", Instant(), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True, comment="BCP 47"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("credential_epoch", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["customer.id"], name=op.f("fk_customer_merged_into")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_customer_customer_id")),
    )
    op.create_table(
        "customer_key",
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True, comment="null once destroyed"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("destroyed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("customer", name=op.f("pk_customer_key")),
    )
    op.create_table(
        "federation_state",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column(
            "browser_hash", sa.LargeBinary(), nullable=False, comment="the browser it is bound to"
        ),
        sa.Column("purpose", sa.String(length=16), nullable=False, comment="sign_in or link"),
        sa.Column(
            "sealed_document",
            sa.LargeBinary(),
            nullable=False,
            comment="verifier, nonce, journey ...",
        ),
        sa.Column(
            "sealed_answer", sa.LargeBinary(), nullable=True, comment="what the provider POSTed"
        ),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("claimed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_state")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_federation_state_state_hash")),
    )
    op.create_index(
        op.f("ix_federation_state_expires_at"), "federation_state", ["expires_at"], unique=False
    )
    op.create_table(
        "idempotent_reply",
        sa.Column(
            "key_hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of caller and key"
        ),
        sa.Column(
            "id", sa.Uuid(), nullable=False, comment="of this use of the key; ties the sealed reply"
        ),
        sa.Column(
            "request_hash", sa.LargeBinary(), nullable=False, comment="of method, path and body"
        ),
        sa.Column(
            "status",
            sa.Integer(),
            nullable=True,
            comment="null only inside the transaction that writes it",
        ),
        sa.Column("sealed_reply", sa.LargeBinary(), nullable=True, comment="headers and body"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_idempotent_reply")),
    )
    op.create_index(
        op.f("ix_idempotent_reply_expires_at"), "idempotent_reply", ["expires_at"], unique=False
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False, comment="terms, privacy ..."),
        sa.Column("managed_by", sa.String(length=16), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("retired_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    op.create_table(
        "operator",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "sealed_person", sa.LargeBinary(), nullable=False, comment="name and e-mail address"
        ),
        sa.Column("email_hash", sa.LargeBinary(), nullable=False, comment="keyed hash"),
        sa.Column("roles", Json, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False, comment="active, disabled"),
        sa.Column("state_since", Instant(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False, comment="Argon2id under the pepper"),
        sa.Column("sealed_seed", sa.LargeBinary(), nullable=False, comment="TOTP"),
        sa.Column("used_step", Counter, nullable=False, comment="last TOTP step that was used"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("signed_in_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("email_hash", name=op.f("uq_operator_email_hash")),
    )
    op.create_table(
        "operator_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("link_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "sealed_offer", sa.LargeBinary(), nullable=False, comment="address and TOTP seed"
        ),
        sa.Column("email_hash", sa.LargeBinary(), nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("invited_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column("void_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_invitation")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_operator_invitation_link_hash")),
    )
    op.create_index(
        op.f("ix_operator_invitation_email_hash"),
        "operator_invitation",
        ["email_hash"],
        unique=False,
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind", sa.String(length=64), nullable=False, comment="the job that carries it out"
        ),
        sa.Column("sealed_payload", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("claimed_until", Instant(), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("failed_at", Instant(), nullable=True, comment="gave up: an operator looks"),
        sa.Column(
            "last_error",
            sa.String(length=200),
            nullable=True,
            comment="class of the error, never its text",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "policy",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("managed_by", sa.String(length=16), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_policy")),
    )
    op.create_table(
        "provider_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column(
            "subject_hash", sa.LargeBinary(), nullable=False, comment="as in external_identity"
        ),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("sealed_tokens", sa.LargeBinary(), nullable=False),
        sa.Column("obtained_at", Instant(), nullable=False),
        sa.Column(
            "expires_at", Instant(), nullable=True, comment="null while the identity is linked"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_token")),
        sa.UniqueConstraint(
            "issuer", "subject_hash", name=op.f("uq_provider_token_issuer_subject_hash")
        ),
    )
    op.create_index(
        op.f("ix_provider_token_expires_at"), "provider_token", ["expires_at"], unique=False
    )
    op.create_table(
        "purpose",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("managed_by", sa.String(length=16), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("retired_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purpose")),
        sa.UniqueConstraint("key", name=op.f("uq_purpose_key")),
    )
    op.create_table(
        "schedule_claim",
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("job", "due_at", name=op.f("pk_schedule_claim")),
    )
    op.create_table(
        "screen",
        sa.Column(
            "content_hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the content"
        ),
        sa.Column(
            "content", sa.Text(), nullable=False, comment="what was shown, without personal data"
        ),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("first_shown_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("content_hash", name=op.f("pk_screen")),
    )
    op.create_table(
        "server_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "use",
            sa.String(length=32),
            nullable=False,
            comment="index, refresh, pepper, cookie, records",
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("retired_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_server_key")),
        sa.UniqueConstraint("use", "version", name=op.f("uq_server_key_use_version")),
    )
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column(
            "algorithm", sa.String(length=16), nullable=False, comment="ES256, RS256 or Ed25519"
        ),
        sa.Column(
            "use", sa.String(length=16), nullable=False, comment="tokens, receipts or checkpoints"
        ),
        sa.Column("public_jwk", Json, nullable=False),
        sa.Column(
            "sealed_private_jwk",
            sa.LargeBinary(),
            nullable=True,
            comment="null once retired: verifies, never signs",
        ),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column(
            "active_from", Instant(), nullable=False, comment="published before, signs from here on"
        ),
        sa.Column("retired_at", Instant(), nullable=True),
        sa.Column("unpublished_at", Instant(), nullable=True, comment="left the JWKS"),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
    )
    op.create_table(
        "single_use",
        sa.Column(
            "kind", sa.String(length=32), nullable=False, comment="revoked_jti, assertion_jti ..."
        ),
        sa.Column("value_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "value_hash", name=op.f("pk_single_use")),
    )
    op.create_index("ix_single_use_expires_at", "single_use", ["expires_at"], unique=False)
    op.create_table(
        "attribute_value",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column(
            "attribute", sa.String(length=64), nullable=False, comment="as OIDC Core §5.1 names it"
        ),
        sa.Column(
            "language",
            sa.String(length=35),
            server_default="",
            nullable=False,
            comment="ja-Kana-JP ...",
        ),
        sa.Column("sealed_value", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("verified_at", Instant(), nullable=True),
        sa.Column("observed_at", Instant(), nullable=False),
        sa.Column("superseded_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_attribute_value_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attribute_value")),
    )
    op.create_index(
        "uq_attribute_value_current",
        "attribute_value",
        ["customer", "attribute", "language"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
        sqlite_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "audit_leaf",
        sa.Column("leaf_index", Counter, autoincrement=False, nullable=False),
        sa.Column("event", sa.Uuid(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["audit_event.id"], name=op.f("fk_audit_leaf_event")),
        sa.PrimaryKeyConstraint("leaf_index", name=op.f("pk_audit_leaf")),
        sa.UniqueConstraint("event", name=op.f("uq_audit_leaf_event")),
    )
    op.create_table(
        "authenticator",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column(
            "method", sa.String(length=32), nullable=False, comment="password, passkey, totp ..."
        ),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column(
            "document", Json, nullable=False, comment="public part: label, counters, AAGUID ..."
        ),
        sa.Column(
            "last_step",
            sa.BigInteger(),
            nullable=True,
            comment="TOTP: the newest time step that was used",
        ),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_used_at", Instant(), nullable=True),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_authenticator_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticator")),
    )
    op.create_index(op.f("ix_authenticator_customer"), "authenticator", ["customer"], unique=False)
    op.create_index(
        "uq_authenticator_password",
        "authenticator",
        ["customer"],
        unique=True,
        postgresql_where=sa.text("method = 'password' AND removed_at IS NULL"),
        sqlite_where=sa.text("method = 'password' AND removed_at IS NULL"),
    )
    op.create_index(
        "uq_authenticator_totp",
        "authenticator",
        ["customer"],
        unique=True,
        postgresql_where=sa.text("method = 'totp' AND removed_at IS NULL"),
        sqlite_where=sa.text("method = 'totp' AND removed_at IS NULL"),
    )
    op.create_table(
        "client",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column(
            "secret_hash",
            sa.LargeBinary(),
            nullable=True,
            comment="SHA-256 of a random secret; null: public client",
        ),
        sa.Column(
            "document", Json, nullable=False, comment="metadata of RFC 7591 and our settings"
        ),
        sa.Column("brand", sa.String(length=64), nullable=True),
        sa.Column(
            "managed_by", sa.String(length=16), nullable=False, comment="file, console or api"
        ),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["brand"], ["brand.key"], name=op.f("fk_client_brand")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
        sa.UniqueConstraint("client_id", name=op.f("uq_client_client_id")),
    )
    op.create_table(
        "customer_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column(
            "authenticated_at", Instant(), nullable=False, comment="auth_time (OIDC Core §2)"
        ),
        sa.Column("acr", sa.String(length=64), nullable=False),
        sa.Column(
            "amr", Json, nullable=False, comment="RFC 8176 values, in the order they were proven"
        ),
        sa.Column("last_seen_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column(
            "sealed_context",
            sa.LargeBinary(),
            nullable=True,
            comment="address and user agent, for the customer",
        ),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("end_reason", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_customer_session_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_session")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_customer_session_secret_hash")),
    )
    op.create_index(
        "ix_customer_session_customer", "customer_session", ["customer", "ended_at"], unique=False
    )
    op.create_table(
        "external_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column(
            "subject_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="keyed hash of the subject there",
        ),
        sa.Column("sealed_subject", sa.LargeBinary(), nullable=False),
        sa.Column(
            "sealed_label",
            sa.LargeBinary(),
            nullable=True,
            comment="address or name there, for the owner's own list",
        ),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("linked_at", Instant(), nullable=False),
        sa.Column("last_used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_external_identity_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_identity")),
        sa.UniqueConstraint(
            "issuer", "subject_hash", name=op.f("uq_external_identity_issuer_subject_hash")
        ),
    )
    op.create_index(
        op.f("ix_external_identity_customer"), "external_identity", ["customer"], unique=False
    )
    op.create_table(
        "first_login",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Uuid(), nullable=True),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "subject_hash", sa.LargeBinary(), nullable=True, comment="once it is known whose it is"
        ),
        sa.Column("sealed_claims", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["state"],
            ["federation_state.id"],
            name=op.f("fk_first_login_state"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_first_login")),
        sa.UniqueConstraint("state", name=op.f("uq_first_login_state")),
    )
    op.create_index(op.f("ix_first_login_expires_at"), "first_login", ["expires_at"], unique=False)
    op.create_table(
        "identifier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=16),
            nullable=False,
            comment="email, phone, username, member_card ...",
        ),
        sa.Column("sealed_value", sa.LargeBinary(), nullable=False),
        sa.Column(
            "source",
            sa.String(length=64),
            nullable=False,
            comment="sign_up, account, import:<batch> ...",
        ),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("verified_at", Instant(), nullable=True),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_identifier_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identifier")),
    )
    op.create_index(op.f("ix_identifier_customer"), "identifier", ["customer"], unique=False)
    op.create_table(
        "journey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("handle_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "browser_hash", sa.LargeBinary(), nullable=False, comment="the browser it is bound to"
        ),
        sa.Column(
            "kind",
            sa.String(length=16),
            nullable=False,
            comment="sign_in, sign_up, recovery, change",
        ),
        sa.Column("sealed_state", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_journey_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journey")),
        sa.UniqueConstraint("handle_hash", name=op.f("uq_journey_handle_hash")),
    )
    op.create_index(op.f("ix_journey_expires_at"), "journey", ["expires_at"], unique=False)
    op.create_table(
        "known_device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_used_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_known_device_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_device")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_known_device_secret_hash")),
    )
    op.create_index(op.f("ix_known_device_customer"), "known_device", ["customer"], unique=False)
    op.create_table(
        "link_undo",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column(
            "act",
            sa.String(length=16),
            nullable=False,
            comment="what is undone: linked or unlinked",
        ),
        sa.Column("link_hash", sa.LargeBinary(), nullable=False, comment="of the mailed link"),
        sa.Column(
            "sealed_identity",
            sa.LargeBinary(),
            nullable=False,
            comment="issuer, subject, connection",
        ),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column("void_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_link_undo_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_undo")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_link_undo_link_hash")),
    )
    op.create_index(op.f("ix_link_undo_customer"), "link_undo", ["customer"], unique=False)
    op.create_index(op.f("ix_link_undo_expires_at"), "link_undo", ["expires_at"], unique=False)
    op.create_table(
        "notice_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("document", Json, nullable=False, comment="title and text by language"),
        sa.Column("document_hash", sa.LargeBinary(), nullable=False),
        sa.Column("asks_again", sa.Boolean(), nullable=False),
        sa.Column("effective_from", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["notice"], ["notice.id"], name=op.f("fk_notice_version_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_version")),
        sa.UniqueConstraint("notice", "version", name=op.f("uq_notice_version_notice_version")),
    )
    op.create_table(
        "operator_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operator", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False, comment="cookie or bearer"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("authenticated_at", Instant(), nullable=False),
        sa.Column("last_seen_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("end_reason", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator"], ["operator.id"], name=op.f("fk_operator_session_operator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_session")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_operator_session_secret_hash")),
    )
    op.create_index(
        "ix_operator_session_operator", "operator_session", ["operator", "ended_at"], unique=False
    )
    op.create_table(
        "outbox_cause",
        sa.Column("outbox", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Uuid(), nullable=False, comment="the audit event written beside it"),
        sa.ForeignKeyConstraint(
            ["outbox"], ["outbox.id"], name=op.f("fk_outbox_cause_outbox"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("outbox", name=op.f("pk_outbox_cause")),
    )
    op.create_table(
        "passkey_handle",
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("sealed_handle", sa.LargeBinary(), nullable=False, comment="user.id, random"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_passkey_handle_customer")
        ),
        sa.PrimaryKeyConstraint("customer", name=op.f("pk_passkey_handle")),
    )
    op.create_table(
        "purpose_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "document", Json, nullable=False, comment="texts by language, attributes, recipients"
        ),
        sa.Column("document_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "lawful_basis", sa.String(length=32), nullable=False, comment="consent, contract, ..."
        ),
        sa.Column(
            "asks_again", sa.Boolean(), nullable=False, comment="older consent is not enough"
        ),
        sa.Column("effective_from", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["purpose"], ["purpose.id"], name=op.f("fk_purpose_version_purpose")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purpose_version")),
        sa.UniqueConstraint("purpose", "version", name=op.f("uq_purpose_version_purpose_version")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False, comment="keyed hash"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_recovery_code_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint(
            "customer", "code_hash", name=op.f("uq_recovery_code_customer_code_hash")
        ),
    )
    op.create_table(
        "authorization_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("handle_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client", sa.Uuid(), nullable=False),
        sa.Column(
            "browser_hash",
            sa.LargeBinary(),
            nullable=True,
            comment="the browser it is bound to; null: pushed",
        ),
        sa.Column("sealed_parameters", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client"], ["client.id"], name=op.f("fk_authorization_request_client")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorization_request")),
        sa.UniqueConstraint("handle_hash", name=op.f("uq_authorization_request_handle_hash")),
    )
    op.create_index(
        op.f("ix_authorization_request_expires_at"),
        "authorization_request",
        ["expires_at"],
        unique=False,
    )
    op.create_table(
        "client_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Uuid(), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("epoch", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["client"], ["client.id"], name=op.f("fk_client_grant_client")),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_client_grant_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_grant")),
        sa.UniqueConstraint("customer", "client", name=op.f("uq_client_grant_customer_client")),
    )
    op.create_index(op.f("ix_client_grant_client"), "client_grant", ["client"], unique=False)
    op.create_table(
        "client_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Uuid(), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["client"], ["client.id"], name=op.f("fk_client_session_client")),
        sa.ForeignKeyConstraint(
            ["session"], ["customer_session.id"], name=op.f("fk_client_session_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_session")),
        sa.UniqueConstraint("session", "client", name=op.f("uq_client_session_session_client")),
        sa.UniqueConstraint("sid", name=op.f("uq_client_session_sid")),
    )
    op.create_index(op.f("ix_client_session_client"), "client_session", ["client"], unique=False)
    op.create_table(
        "client_subject",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column(
            "alias_since",
            Instant(),
            nullable=True,
            comment="after a merge: still known, no longer answered",
        ),
        sa.ForeignKeyConstraint(["client"], ["client.id"], name=op.f("fk_client_subject_client")),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_client_subject_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_subject")),
        sa.UniqueConstraint("client", "customer", name=op.f("uq_client_subject_client_customer")),
        sa.UniqueConstraint("client", "subject", name=op.f("uq_client_subject_client_subject")),
    )
    op.create_index(
        op.f("ix_client_subject_customer"), "client_subject", ["customer"], unique=False
    )
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Uuid(), nullable=False),
        sa.Column(
            "items", Json, nullable=False, comment="names of the attributes, never their values"
        ),
        sa.Column("items_hash", sa.LargeBinary(), nullable=False),
        sa.Column("basis", sa.Uuid(), nullable=False, comment="receipt of the consent it rests on"),
        sa.Column(
            "channel", sa.String(length=32), nullable=False, comment="userinfo, id_token, api ..."
        ),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("count", Counter, nullable=False),
        sa.ForeignKeyConstraint(["client"], ["client.id"], name=op.f("fk_disclosure_client")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_disclosure_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
        sa.UniqueConstraint(
            "customer",
            "client",
            "items_hash",
            "basis",
            "channel",
            name=op.f("uq_disclosure_customer_client_items_hash_basis_channel"),
        ),
    )
    op.create_table(
        "email_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("old_identifier", sa.Uuid(), nullable=False),
        sa.Column("new_identifier", sa.Uuid(), nullable=False),
        sa.Column("undo_hash", sa.LargeBinary(), nullable=False, comment="mailed to the old one"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_email_change_customer")
        ),
        sa.ForeignKeyConstraint(
            ["new_identifier"], ["identifier.id"], name=op.f("fk_email_change_new_identifier")
        ),
        sa.ForeignKeyConstraint(
            ["old_identifier"], ["identifier.id"], name=op.f("fk_email_change_old_identifier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_change")),
        sa.UniqueConstraint("undo_hash", name=op.f("uq_email_change_undo_hash")),
    )
    op.create_index(op.f("ix_email_change_customer"), "email_change", ["customer"], unique=False)
    op.create_index(
        op.f("ix_email_change_expires_at"), "email_change", ["expires_at"], unique=False
    )
    op.create_table(
        "identifier_index",
        sa.Column(
            "namespace",
            sa.String(length=32),
            nullable=False,
            comment="login for e-mail, phone, user name",
        ),
        sa.Column("keyed_hash", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("identifier", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["identifier"], ["identifier.id"], name=op.f("fk_identifier_index_identifier")
        ),
        sa.PrimaryKeyConstraint("namespace", "keyed_hash", name=op.f("pk_identifier_index")),
    )
    op.create_index(
        op.f("ix_identifier_index_identifier"), "identifier_index", ["identifier"], unique=False
    )
    op.create_table(
        "link_proof",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column(
            "subject_hash", sa.LargeBinary(), nullable=False, comment="as in external_identity"
        ),
        sa.Column("journey", sa.Uuid(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column(
            "void_at",
            Instant(),
            nullable=True,
            comment="cancelled, or ended by what changed the account",
        ),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_link_proof_customer")),
        sa.ForeignKeyConstraint(
            ["journey"], ["journey.id"], name=op.f("fk_link_proof_journey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_proof")),
    )
    op.create_index(op.f("ix_link_proof_customer"), "link_proof", ["customer"], unique=False)
    op.create_index(op.f("ix_link_proof_expires_at"), "link_proof", ["expires_at"], unique=False)
    op.create_index(op.f("ix_link_proof_journey"), "link_proof", ["journey"], unique=False)
    op.create_table(
        "passkey",
        sa.Column("authenticator", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("credential_hash", sa.LargeBinary(), nullable=False, comment="SHA-256"),
        sa.Column("sign_count", sa.BigInteger(), nullable=False, comment="the highest one seen"),
        sa.ForeignKeyConstraint(
            ["authenticator"], ["authenticator.id"], name=op.f("fk_passkey_authenticator")
        ),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_passkey_customer")),
        sa.PrimaryKeyConstraint("authenticator", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_hash", name=op.f("uq_passkey_credential_hash")),
    )
    op.create_index(op.f("ix_passkey_customer"), "passkey", ["customer"], unique=False)
    op.create_table(
        "proof",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("journey", sa.Uuid(), nullable=True),
        sa.Column(
            "purpose",
            sa.String(length=32),
            nullable=False,
            comment="verify_email, reset_password ...",
        ),
        sa.Column(
            "target_hash", sa.LargeBinary(), nullable=False, comment="keyed hash of the address"
        ),
        sa.Column(
            "code_hash", sa.LargeBinary(), nullable=False, comment="keyed hash of the digits"
        ),
        sa.Column("link_hash", sa.LargeBinary(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column(
            "void_at",
            Instant(),
            nullable=True,
            comment="replaced by a newer one, or the journey ended",
        ),
        sa.ForeignKeyConstraint(
            ["journey"], ["journey.id"], name=op.f("fk_proof_journey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_proof_link_hash")),
    )
    op.create_index(op.f("ix_proof_expires_at"), "proof", ["expires_at"], unique=False)
    op.create_index(op.f("ix_proof_journey"), "proof", ["journey"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column(
            "act",
            sa.String(length=16),
            nullable=False,
            comment="given, refused, withdrawn, accepted",
        ),
        sa.Column(
            "subject_kind",
            sa.String(length=16),
            nullable=False,
            comment="purpose, notice or client",
        ),
        sa.Column("purpose_version", sa.Uuid(), nullable=True),
        sa.Column("notice_version", sa.Uuid(), nullable=True),
        sa.Column("client", sa.Uuid(), nullable=True),
        sa.Column("scopes", Json, nullable=True, comment="of a client grant"),
        sa.Column("via_client", sa.Uuid(), nullable=True, comment="the app that led here"),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("screen", sa.LargeBinary(), nullable=False),
        sa.Column("effective_at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("sealed_jws", sa.LargeBinary(), nullable=False, comment="the signed receipt"),
        sa.ForeignKeyConstraint(["client"], ["client.id"], name=op.f("fk_receipt_client")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_receipt_customer")),
        sa.ForeignKeyConstraint(
            ["notice_version"], ["notice_version.id"], name=op.f("fk_receipt_notice_version")
        ),
        sa.ForeignKeyConstraint(
            ["purpose_version"], ["purpose_version.id"], name=op.f("fk_receipt_purpose_version")
        ),
        sa.ForeignKeyConstraint(
            ["screen"], ["screen.content_hash"], name=op.f("fk_receipt_screen")
        ),
        sa.ForeignKeyConstraint(["via_client"], ["client.id"], name=op.f("fk_receipt_via_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
    )
    op.create_index("ix_receipt_customer", "receipt", ["customer", "recorded_at"], unique=False)
    op.create_table(
        "authorization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("client_grant", sa.Uuid(), nullable=False),
        sa.Column("client_session", sa.Uuid(), nullable=True),
        sa.Column(
            "subject",
            sa.String(length=255),
            nullable=False,
            comment="the sub pinned at the first release",
        ),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("claims", Json, nullable=True, comment="the claims parameter (OIDC Core §5.5)"),
        sa.Column("audience", Json, nullable=False),
        sa.Column(
            "epoch", sa.Integer(), nullable=False, comment="epoch of the client grant when issued"
        ),
        sa.Column("authenticated_at", Instant(), nullable=False),
        sa.Column("acr", sa.String(length=64), nullable=False),
        sa.Column("amr", Json, nullable=False),
        sa.Column("nonce", sa.String(length=512), nullable=True),
        sa.Column(
            "offline", sa.Boolean(), nullable=False, comment="outlives the session (offline_access)"
        ),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("revoke_reason", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["client"], ["client.id"], name=op.f("fk_authorization_client")),
        sa.ForeignKeyConstraint(
            ["client_grant"], ["client_grant.id"], name=op.f("fk_authorization_client_grant")
        ),
        sa.ForeignKeyConstraint(
            ["client_session"], ["client_session.id"], name=op.f("fk_authorization_client_session")
        ),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_authorization_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorization")),
    )
    op.create_index(op.f("ix_authorization_client"), "authorization", ["client"], unique=False)
    op.create_index(
        op.f("ix_authorization_client_grant"), "authorization", ["client_grant"], unique=False
    )
    op.create_index(
        op.f("ix_authorization_client_session"), "authorization", ["client_session"], unique=False
    )
    op.create_index(op.f("ix_authorization_customer"), "authorization", ["customer"], unique=False)
    op.create_table(
        "consent_state",
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False, comment="purpose or notice"),
        sa.Column(
            "state",
            sa.String(length=16),
            nullable=False,
            comment="given, refused, withdrawn, accepted",
        ),
        sa.Column(
            "version", sa.Uuid(), nullable=False, comment="purpose_version or notice_version"
        ),
        sa.Column("receipt", sa.Uuid(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_consent_state_customer")
        ),
        sa.ForeignKeyConstraint(["receipt"], ["receipt.id"], name=op.f("fk_consent_state_receipt")),
        sa.PrimaryKeyConstraint(
            "customer", "subject_kind", "subject", name=op.f("pk_consent_state")
        ),
    )
    op.create_table(
        "access_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, comment="opaque tokens only"),
        sa.Column("authorization", sa.Uuid(), nullable=True),
        sa.Column("client", sa.Uuid(), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("audience", Json, nullable=False),
        sa.Column(
            "epoch", sa.Integer(), nullable=False, comment="epoch of the client grant when issued"
        ),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["authorization"], ["authorization.id"], name=op.f("fk_access_token_authorization")
        ),
        sa.ForeignKeyConstraint(["client"], ["client.id"], name=op.f("fk_access_token_client")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_access_token")),
    )
    op.create_index(
        op.f("ix_access_token_authorization"), "access_token", ["authorization"], unique=False
    )
    op.create_index(
        op.f("ix_access_token_expires_at"), "access_token", ["expires_at"], unique=False
    )
    op.create_table(
        "authorization_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("authorization", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Uuid(), nullable=False),
        sa.Column("redirect_uri", sa.String(length=2048), nullable=False),
        sa.Column("code_challenge", sa.String(length=128), nullable=True),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["authorization"],
            ["authorization.id"],
            name=op.f("fk_authorization_code_authorization"),
        ),
        sa.ForeignKeyConstraint(
            ["client"], ["client.id"], name=op.f("fk_authorization_code_client")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_authorization_code")),
    )
    op.create_index(
        op.f("ix_authorization_code_authorization"),
        "authorization_code",
        ["authorization"],
        unique=False,
    )
    op.create_index(
        op.f("ix_authorization_code_expires_at"), "authorization_code", ["expires_at"], unique=False
    )
    op.create_table(
        "refresh_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("authorization", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column(
            "superseded_at",
            Instant(),
            nullable=True,
            comment="rotated away; the grace counts from here",
        ),
        sa.ForeignKeyConstraint(
            ["authorization"], ["authorization.id"], name=op.f("fk_refresh_token_authorization")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_refresh_token")),
        sa.UniqueConstraint(
            "authorization", "generation", name=op.f("uq_refresh_token_authorization_generation")
        ),
    )
    op.create_index(
        op.f("ix_refresh_token_expires_at"), "refresh_token", ["expires_at"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_refresh_token_expires_at"), table_name="refresh_token")
    op.drop_table("refresh_token")
    op.drop_index(op.f("ix_authorization_code_expires_at"), table_name="authorization_code")
    op.drop_index(op.f("ix_authorization_code_authorization"), table_name="authorization_code")
    op.drop_table("authorization_code")
    op.drop_index(op.f("ix_access_token_expires_at"), table_name="access_token")
    op.drop_index(op.f("ix_access_token_authorization"), table_name="access_token")
    op.drop_table("access_token")
    op.drop_table("consent_state")
    op.drop_index(op.f("ix_authorization_customer"), table_name="authorization")
    op.drop_index(op.f("ix_authorization_client_session"), table_name="authorization")
    op.drop_index(op.f("ix_authorization_client_grant"), table_name="authorization")
    op.drop_index(op.f("ix_authorization_client"), table_name="authorization")
    op.drop_table("authorization")
    op.drop_index("ix_receipt_customer", table_name="receipt")
    op.drop_table("receipt")
    op.drop_index(op.f("ix_proof_journey"), table_name="proof")
    op.drop_index(op.f("ix_proof_expires_at"), table_name="proof")
    op.drop_table("proof")
    op.drop_index(op.f("ix_passkey_customer"), table_name="passkey")
    op.drop_table("passkey")
    op.drop_index(op.f("ix_link_proof_journey"), table_name="link_proof")
    op.drop_index(op.f("ix_link_proof_expires_at"), table_name="link_proof")
    op.drop_index(op.f("ix_link_proof_customer"), table_name="link_proof")
    op.drop_table("link_proof")
    op.drop_index(op.f("ix_identifier_index_identifier"), table_name="identifier_index")
    op.drop_table("identifier_index")
    op.drop_index(op.f("ix_email_change_expires_at"), table_name="email_change")
    op.drop_index(op.f("ix_email_change_customer"), table_name="email_change")
    op.drop_table("email_change")
    op.drop_table("disclosure")
    op.drop_index(op.f("ix_client_subject_customer"), table_name="client_subject")
    op.drop_table("client_subject")
    op.drop_index(op.f("ix_client_session_client"), table_name="client_session")
    op.drop_table("client_session")
    op.drop_index(op.f("ix_client_grant_client"), table_name="client_grant")
    op.drop_table("client_grant")
    op.drop_index(op.f("ix_authorization_request_expires_at"), table_name="authorization_request")
    op.drop_table("authorization_request")
    op.drop_table("recovery_code")
    op.drop_table("purpose_version")
    op.drop_table("passkey_handle")
    op.drop_table("outbox_cause")
    op.drop_index("ix_operator_session_operator", table_name="operator_session")
    op.drop_table("operator_session")
    op.drop_table("notice_version")
    op.drop_index(op.f("ix_link_undo_expires_at"), table_name="link_undo")
    op.drop_index(op.f("ix_link_undo_customer"), table_name="link_undo")
    op.drop_table("link_undo")
    op.drop_index(op.f("ix_known_device_customer"), table_name="known_device")
    op.drop_table("known_device")
    op.drop_index(op.f("ix_journey_expires_at"), table_name="journey")
    op.drop_table("journey")
    op.drop_index(op.f("ix_identifier_customer"), table_name="identifier")
    op.drop_table("identifier")
    op.drop_index(op.f("ix_first_login_expires_at"), table_name="first_login")
    op.drop_table("first_login")
    op.drop_index(op.f("ix_external_identity_customer"), table_name="external_identity")
    op.drop_table("external_identity")
    op.drop_index("ix_customer_session_customer", table_name="customer_session")
    op.drop_table("customer_session")
    op.drop_table("client")
    op.drop_index(
        "uq_authenticator_totp",
        table_name="authenticator",
        postgresql_where=sa.text("method = 'totp' AND removed_at IS NULL"),
        sqlite_where=sa.text("method = 'totp' AND removed_at IS NULL"),
    )
    op.drop_index(
        "uq_authenticator_password",
        table_name="authenticator",
        postgresql_where=sa.text("method = 'password' AND removed_at IS NULL"),
        sqlite_where=sa.text("method = 'password' AND removed_at IS NULL"),
    )
    op.drop_index(op.f("ix_authenticator_customer"), table_name="authenticator")
    op.drop_table("authenticator")
    op.drop_table("audit_leaf")
    op.drop_index(
        "uq_attribute_value_current",
        table_name="attribute_value",
        postgresql_where=sa.text("superseded_at IS NULL"),
        sqlite_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_table("attribute_value")
    op.drop_index("ix_single_use_expires_at", table_name="single_use")
    op.drop_table("single_use")
    op.drop_table("signing_key")
    op.drop_table("server_key")
    op.drop_table("screen")
    op.drop_table("schedule_claim")
    op.drop_table("purpose")
    op.drop_index(op.f("ix_provider_token_expires_at"), table_name="provider_token")
    op.drop_table("provider_token")
    op.drop_table("policy")
    op.drop_index("ix_outbox_due", table_name="outbox", postgresql_where=sa.text("done_at IS NULL"))
    op.drop_table("outbox")
    op.drop_index(op.f("ix_operator_invitation_email_hash"), table_name="operator_invitation")
    op.drop_table("operator_invitation")
    op.drop_table("operator")
    op.drop_table("notice")
    op.drop_table("lease")
    op.drop_index(op.f("ix_idempotent_reply_expires_at"), table_name="idempotent_reply")
    op.drop_table("idempotent_reply")
    op.drop_index(op.f("ix_federation_state_expires_at"), table_name="federation_state")
    op.drop_table("federation_state")
    op.drop_table("customer_key")
    op.drop_table("customer")
    op.drop_table("connection")
    op.drop_table("config_generation")
    op.drop_table("brand")
    op.drop_table("audit_node")
    op.drop_index(
        "ix_audit_event_pending",
        table_name="audit_event",
        postgresql_where=sa.text("leaf_index IS NULL"),
        sqlite_where=sa.text("leaf_index IS NULL"),
    )
    op.drop_index("ix_audit_event_customer", table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_table("audit_checkpoint")
    op.drop_index("ix_attempt_counter_expires_at", table_name="attempt_counter")
    op.drop_table("attempt_counter")
