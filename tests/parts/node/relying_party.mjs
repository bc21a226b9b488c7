// A relying party with npm openid-client, for the tests: one JSON document a line, in and out.
//
//   in   {issuer, client_id, client_secret?, method, alg, redirect_uri, scope, after_logout?}
//   out  {url}                      where the person is sent
//   in   {callback}                 where the browser came back to
//   out  {...}                      what every endpoint answered, and what the library refused
//
// A grant without a person: {..., grant: "client_credentials"} gives {token, metadata} at once.

import * as client from 'openid-client'
import { createInterface } from 'node:readline'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const read = async () => JSON.parse((await lines.next()).value)
const write = (document) => process.stdout.write(JSON.stringify(document) + '\n')

const wanted = await read()
const authentication = {
  client_secret_basic: client.ClientSecretBasic,
  client_secret_post: client.ClientSecretPost,
  none: client.None,
}[wanted.method](wanted.client_secret)

const config = await client.discovery(
  new URL(wanted.issuer),
  wanted.client_id,
  { id_token_signed_response_alg: wanted.alg },
  authentication,
  { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] }, // http, loopback
)

if (wanted.grant === 'client_credentials') {
  write({ token: await client.clientCredentialsGrant(config, { scope: wanted.scope }) })
} else {
  await signIn()
}
process.exit(0)

async function signIn() {
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const nonce = client.randomNonce()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: wanted.redirect_uri,
    scope: wanted.scope,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  })
  write({ url })

  const callback = new URL((await read()).callback)
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }
  const refused = {}
  for (const [name, change] of Object.entries({
    no_issuer: (at) => at.searchParams.delete('iss'),
    other_issuer: (at) => at.searchParams.set('iss', 'https://other.example.com'),
    other_state: (at) => at.searchParams.set('state', 'another'),
  })) {
    const changed = new URL(callback)
    change(changed)
    refused[name] = await refusalOf(client.authorizationCodeGrant(config, changed, checks))
  }

  const tokens = await client.authorizationCodeGrant(config, callback, checks)
  const claims = tokens.claims()
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
  const answers = { refused, claims, userinfo, scope: tokens.scope, expires_in: tokens.expires_in }
  answers.replayed = await refusalOf(client.fetchUserInfo(config, 'made-up', claims.sub))

  let last = tokens
  if (tokens.refresh_token) {
    last = await client.refreshTokenGrant(config, tokens.refresh_token)
    answers.refreshed = await client.fetchUserInfo(config, last.access_token, claims.sub)
    answers.refreshed_claims = last.claims()
  }
  if (wanted.method !== 'none') {
    answers.known = await client.tokenIntrospection(config, last.access_token)
  }
  const given = last.refresh_token ?? tokens.refresh_token ?? last.access_token
  await client.tokenRevocation(config, given)
  answers.revoked = await refusalOf(client.fetchUserInfo(config, last.access_token, claims.sub))
  answers.end_session = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    ...(wanted.after_logout && { post_logout_redirect_uri: wanted.after_logout, state: 'bye' }),
  })
  write(answers)
}

async function refusalOf(promise) {
  try {
    await promise
    return null
  } catch (error) {
    const challenge = error.cause?.[0]?.parameters?.error
    return error.error ?? challenge ?? error.code ?? error.name
  }
}
