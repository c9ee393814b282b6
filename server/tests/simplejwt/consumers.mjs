// Verifies tokens by a JWKS, as services of Node do. Each line of standard input is
// {"url", "algorithm", "tokens", "isNew"}; the answer is a line of JSON: by the name of a library,
// null for a token that it accepts, else what it says. With `isNew` the clients are new ones;
// otherwise they are those of the first line, which have cached what they fetched.

import { createInterface } from "node:readline";

import { createRemoteJWKSet, jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { JwksClient } from "jwks-rsa";

function consumers(url) {
  // By default an unknown key is looked for every 30 seconds at most.
  const keys = createRemoteJWKSet(new URL(url), { cooldownDuration: 0 });
  const client = new JwksClient({ jwksUri: url });
  return {
    jose: (token, algorithm) => jwtVerify(token, keys, { algorithms: [algorithm] }),
    "jwks-rsa": async (token, algorithm) => {
      const { header } = jsonwebtoken.decode(token, { complete: true });
      const key = await client.getSigningKey(header.kid);
      return jsonwebtoken.verify(token, key.getPublicKey(), { algorithms: [algorithm] });
    },
  };
}

let standing;
for await (const line of createInterface({ input: process.stdin })) {
  const { url, algorithm, tokens, isNew } = JSON.parse(line);
  standing ??= consumers(url);
  const answer = {};
  for (const [name, verify] of Object.entries(isNew ? consumers(url) : standing)) {
    answer[name] = [];
    for (const token of tokens) {
      const verdict = await verify(token, algorithm).then(() => null, (error) => String(error));
      answer[name].push(verdict);
    }
  }
  console.log(JSON.stringify(answer));
}
