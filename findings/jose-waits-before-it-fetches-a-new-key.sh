#!/usr/bin/env bash
# jose 6.2.18 (npm): a key set that it fetches by URL, and a key that has just been added to it.
#
# Expected: `createRemoteJWKSet` fetches the set again when a token names a `kid` that it does not hold, as jwks-rsa
#           does, so the first token of a new key is accepted as soon as the server publishes that key.
# Seen:     after each fetch it does not fetch again for `cooldownDuration`, 30 seconds by default. A token that is
#           signed with a key published 1 second after a fetch is refused (ERR_JWKS_NO_MATCHING_KEY), without a
#           request to the server, until the 30 seconds are over. With access tokens of 10 seconds, that is three
#           lifetimes of tokens.
# For us:   a new key has to be published before it signs (a state "next" of at least that long), or `cooldownDuration`
#           of the consumers has to be lowered; with 0 the new key is found at once, which is checked here, too.
#
# Exits with 0 while that is so, with 1 if it has changed.
set -euo pipefail
command -v node >/dev/null || {
    echo "skipped: Node is needed"
    exit 0
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" jose@6.2.18 >/dev/null
cat >check.mjs <<'NODE'
import { createServer } from 'node:http';
import { strict as assert } from 'node:assert';
import { SignJWT, createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';

const published = [];
let fetches = 0;
const server = createServer((_, response) => {
  fetches += 1;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ keys: published }));
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const url = new URL(`http://127.0.0.1:${server.address().port}/jwks.json`);

/** Publishes a new key and gives a token that it signed. */
async function tokenOfNewKey(kid) {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  published.push({ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' });
  const token = new SignJWT({ user_id: '1' }).setProtectedHeader({ alg: 'ES256', kid });
  return token.setIssuedAt().setExpirationTime('5m').sign(privateKey);
}

const first = await tokenOfNewKey('first');
const keys = createRemoteJWKSet(url);
await jwtVerify(first, keys);
assert.equal(fetches, 1);

const second = await tokenOfNewKey('second');
await assert.rejects(jwtVerify(second, keys), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
assert.equal(fetches, 1, 'it asked the server for the new key');
console.log('cooldownDuration as it is: the new key is refused, and the server is not asked');

const eager = createRemoteJWKSet(url, { cooldownDuration: 0 });
await jwtVerify(first, eager);
const third = await tokenOfNewKey('third');
await jwtVerify(third, eager);
console.log('cooldownDuration 0: the new key is found at once');
server.close();
NODE
node check.mjs
