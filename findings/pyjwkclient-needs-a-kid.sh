#!/usr/bin/env bash
# PyJWKClient refuses a token without `kid`, though the JWKS holds one key.
#
# PyJWT 2.15.1, Python 3.10 or newer. A JWKS may hold one key, and `kid` is optional in the header
# of a token (RFC 7515, 4.1.4), so there is only one key to try. jose, jwks-rsa, joserfc, Authlib,
# jwcrypto and python-jose try it. PyJWKClient looks for a key that is called None and fails;
# SimpleJWT's JWK_URL uses PyJWKClient, and SimpleJWT itself writes no `kid`.
#
# Exits 0 while this is so, 1 when it has changed. Needs a network for pip.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check PyJWT==2.15.1 cryptography==50.0.2
"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

key = ec.generate_private_key(ec.SECP256R1())
public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
published = json.dumps({"keys": [public | {"kid": "the-only-key", "use": "sig", "alg": "ES256"}]})


class Jwks(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(published.encode())

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Jwks)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = jwt.PyJWKClient(f"http://127.0.0.1:{server.server_port}/")


def verdict(headers):
    token = jwt.encode({"sub": "ada"}, key, "ES256", headers=headers)
    try:
        found = client.get_signing_key_from_jwt(token)
        return jwt.decode(token, found, ["ES256"])["sub"]
    except jwt.PyJWTError as error:
        return f"{type(error).__name__}: {error}"


named, unnamed = verdict({"kid": "the-only-key"}), verdict(None)
print(f"PyJWT {jwt.__version__}, a JWKS of one key")
print("with kid     expected: ada    seen:", named)
print("without kid  expected: ada    seen:", unnamed)
as_known = named == "ada" and unnamed == 'PyJWKClientError: Unable to find a signing key that matches: "None"'
sys.exit(0 if as_known else 1)
PYTHON
