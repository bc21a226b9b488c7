// The peer: node oidc-provider with the same clients and tokens as the bench gives ciam.
// Usage: node provider.mjs PORT [postgresql://...]; the modules are those of tests/parts/node.
import { createRequire } from 'node:module';
import { generateKeyPairSync } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const modules = createRequire(new URL('../../tests/parts/node/package.json', import.meta.url));
const load = (name) => import(pathToFileURL(modules.resolve(name)));
const { default: Provider } = await load('oidc-provider');
const [port, database] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'bench' };

// One table, one row for each thing, found by its id: what the documentation's adapters do.
async function durableAdapter(url) {
  const { default: pg } = await load('pg');
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  await pool.query(`DROP TABLE IF EXISTS peer; CREATE TABLE peer (
    kind text, id text, payload jsonb, grant_id text, uid text, expires_at timestamptz,
    PRIMARY KEY (kind, id)); CREATE INDEX peer_grant ON peer (grant_id); CREATE INDEX peer_uid ON peer (uid)`);
  return class {
    constructor(kind) { this.kind = kind; }
    async upsert(id, payload, seconds) {
      await pool.query(`INSERT INTO peer VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 second')
        ON CONFLICT (kind, id) DO UPDATE SET payload = $3, expires_at = excluded.expires_at`,
      [this.kind, id, payload, payload.grantId ?? null, payload.uid ?? null, seconds ?? 86400]);
    }
    async #one(column, value) {
      const { rows } = await pool.query(
        `SELECT payload FROM peer WHERE kind = $1 AND ${column} = $2 AND expires_at > now()`,
        [this.kind, value]);
      return rows[0]?.payload;
    }
    find(id) { return this.#one('id', id); }
    findByUid(uid) { return this.#one('uid', uid); }
    findByUserCode() { return undefined; }
    async consume(id) {
      await pool.query(`UPDATE peer SET payload = payload || jsonb_build_object('consumed',
        extract(epoch from now())::bigint) WHERE kind = $1 AND id = $2`, [this.kind, id]);
    }
    async destroy(id) {
      await pool.query('DELETE FROM peer WHERE kind = $1 AND id = $2', [this.kind, id]);
    }
    async revokeByGrantId(grant) {
      await pool.query('DELETE FROM peer WHERE kind = $1 AND grant_id = $2', [this.kind, grant]);
    }
  };
}

const resource = 'urn:bench:api';
const provider = new Provider(issuer, {
  adapter: database ? await durableAdapter(database) : undefined,
  jwks: { keys: [jwk] },
  clients: [{
    client_id: 'bench', client_secret: 'bench-secret-that-is-long-enough',
    redirect_uris: ['http://127.0.0.1:1/callback'],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    token_endpoint_auth_method: 'client_secret_post', id_token_signed_response_alg: 'ES256',
  }],
  scopes: ['openid', 'offline_access', 'api'],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true }, introspection: { enabled: true },
    resourceIndicators: {
      enabled: true, defaultResource: () => resource, useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'openid offline_access api', audience: resource, accessTokenFormat: 'jwt',
        accessTokenTTL: 240, jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (ctx, interaction) => `/finish/${interaction.uid}` },
  cookies: { keys: ['bench'] },
});

// Whoever is sent to sign in is signed in and agrees, once: the bench measures the protocol, not a password page.
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/finish/')) return next();
  const grant = new provider.Grant({ accountId: 'customer', clientId: 'bench' });
  grant.addOIDCScope('openid offline_access api');
  grant.addResourceScope(resource, 'openid offline_access api');
  await provider.interactionFinished(ctx.req, ctx.res, {
    login: { accountId: 'customer' }, consent: { grantId: await grant.save() } });
  ctx.respond = false;
});
provider.listen(Number(port), '127.0.0.1', () => console.log(`ready ${issuer}`));
