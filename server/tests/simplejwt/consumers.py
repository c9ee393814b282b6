#!/usr/bin/env python3
"""Libraries that know Signet by its JWKS alone accept its tokens, before and after rotations.

    SIGNET_BIN=target/debug/signet python3 consumers.py [ALGORITHM...]

The packages of requirements.txt must be there. NODE names the program `node`, where the packages
of package.json are installed beside this file; without it the libraries of Node are left out. Each
algorithm is tested in a process of its own, because SimpleJWT reads its settings once.
"""

import json
import os
import signal
import subprocess
import sys
import time
import unittest
import urllib.request
from pathlib import Path
from types import SimpleNamespace

sys.dont_write_bytecode = True

import report  # noqa: E402
from server import PATIENCE, Server  # noqa: E402

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
# Which library does not know which of them; docs/topics/verifying-tokens.md says so.
UNKNOWN = {"jwks-rsa": ["EdDSA"]}
ROTATIONS = 2


class SimpleJwt:
    """A Django service whose SimpleJWT has JWK_URL."""

    name = "SimpleJWT"

    def __init__(self, url, algorithm):
        from rest_framework_simplejwt.authentication import JWTAuthentication
        from rest_framework_simplejwt.backends import TokenBackend
        from rest_framework_simplejwt.tokens import Token

        # As rest_framework_simplejwt.state makes it, once a process.
        backend = TokenBackend(algorithm, jwk_url=url)
        # PyJWKClient looks for an unknown key every 30 seconds at most, and SimpleJWT has no
        # setting for it.
        backend.jwks_client.cooldown_duration = 0
        Token._token_backend = backend
        self.backend, self.authentication, self.token_class = backend, JWTAuthentication(), Token

    def verify(self, token):
        self.token_class._token_backend = self.backend
        self.authentication.get_validated_token(token.encode())


class PyJwt:
    name = "PyJWKClient"

    def __init__(self, url, algorithm):
        import jwt

        self.jwt, self.algorithm = jwt, algorithm
        self.client = jwt.PyJWKClient(url, cooldown_duration=0)

    def verify(self, token):
        key = self.client.get_signing_key_from_jwt(token)
        self.jwt.decode(token, key, algorithms=[self.algorithm])


def fetch(url):
    """The JWKS, for libraries that fetch none."""
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return json.load(answer)


class JoseRfc:
    name = "joserfc"

    def __init__(self, url, algorithm):
        from joserfc import jwk, jwt

        self.jwt, self.keys, self.url, self.algorithm = jwt, jwk.KeySet.import_key_set, url, algorithm

    def verify(self, token):
        self.jwt.decode(token, self.keys(fetch(self.url)), algorithms=[self.algorithm])


class Authlib:
    name = "Authlib"

    def __init__(self, url, algorithm):
        import warnings

        # It warns that joserfc replaces it.
        with warnings.catch_warnings(record=True):
            from authlib.jose import JsonWebKey, JsonWebToken

        self.url, self.keys, self.jwt = url, JsonWebKey.import_key_set, JsonWebToken([algorithm])

    def verify(self, token):
        self.jwt.decode(token, self.keys(fetch(self.url))).validate()


PYTHON = [SimpleJwt, PyJwt, JoseRfc, Authlib]


class Node:
    """The libraries of Node, in one process of its own."""

    def __init__(self, node, url, algorithm):
        script = Path(__file__).with_name("consumers.mjs")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([node, str(script)], **pipes)
        self.asked = {"url": url, "algorithm": algorithm}

    def verdicts(self, tokens, is_new):
        """What each library says of each token; None where it accepts it."""
        self.process.stdin.write(json.dumps(self.asked | {"tokens": tokens, "isNew": is_new}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


class Consumers(unittest.TestCase):
    """What holds of one algorithm; `algorithm` is set before the tests run."""

    algorithm = None

    @classmethod
    def setUpClass(cls):
        lifetimes = {"ACCESS_TOKEN_LIFETIME": "10m", "REFRESH_TOKEN_LIFETIME": "10m"}
        cls.server = Server(os.environ["SIGNET_BIN"], lifetimes | {"ALGORITHM": cls.algorithm})
        cls.addClassCleanup(cls.server.stop)
        cls.url = f"http://127.0.0.1:{cls.server.port}/.well-known/jwks.json"
        cls.standing = [kind(cls.url, cls.algorithm) for kind in PYTHON]
        cls.node = None
        if os.environ.get("NODE"):
            cls.node = Node(os.environ["NODE"], cls.url, cls.algorithm)
            cls.addClassCleanup(cls.node.stop)

    def rotate(self):
        rotated = self.server.run("keys", "rotate")
        rotated.check_returncode()
        key = rotated.stdout.split()[0]
        self.server.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + PATIENCE
        while fetch(self.url)["keys"][0]["kid"] != key:
            self.assertLess(time.monotonic(), until, "the server takes no rotation up")
            time.sleep(0.02)

    def verdicts(self, tokens, is_new):
        """By the name of a library, what it says of each token; None where it accepts it."""
        consumers = [kind(self.url, self.algorithm) for kind in PYTHON] if is_new else self.standing
        found = {consumer.name: [self.verdict(consumer, token) for token in tokens] for consumer in consumers}
        return found | (self.node.verdicts(tokens, is_new) if self.node else {})

    @staticmethod
    def verdict(consumer, token):
        try:
            consumer.verify(token)
        except Exception as error:  # Each library has errors of its own.
            return f"{type(error).__name__}: {error}"

    def judge(self, tokens):
        for is_new in (False, True):
            for name, verdicts in self.verdicts(tokens, is_new).items():
                with self.subTest(name, is_new=is_new, tokens=len(tokens)):
                    if self.algorithm in UNKNOWN.get(name, []):
                        self.assertNotIn(None, verdicts, "it has learnt the algorithm; say so in docs/topics/verifying-tokens.md")
                    else:
                        self.assertEqual(verdicts, [None] * len(tokens))

    def test_tokens_of_before_and_after_two_rotations_are_accepted(self):
        first = self.server.log_in()
        tokens = [first["access"]]
        self.judge(tokens)
        for _ in range(ROTATIONS):
            self.rotate()
            tokens.append(self.server.log_in()["access"])
            status, renewed = self.server.post("token/refresh/", {"refresh": first["refresh"]})
            self.assertEqual(status, 200, renewed)
            tokens.append(renewed["access"])
            self.judge(tokens)
        for token in tokens:
            self.assertEqual(self.server.me(token)[0], 200)

    @unittest.skipUnless(os.environ.get("NODE"), "NODE names no program")
    def test_node_is_asked(self):
        self.assertEqual(set(self.node.verdicts([], True)), {"jose", "jwks-rsa"})


def run_here(algorithm):
    """Runs the tests of one algorithm; whether all was well."""
    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
        USE_TZ=True,
        SECRET_KEY="asked for, and not used",
        SIMPLE_JWT={"ALGORITHM": algorithm},
    )
    django.setup()
    Consumers.algorithm = algorithm
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Consumers)
    return report.run(suite, f"consumers, {algorithm}")


def run_all(algorithms):
    """Tests each algorithm in a process of its own; the exit status."""
    # joserfc warns of EdDSA, whose name RFC 9864 replaces.
    here = [sys.executable, "-W", "ignore", __file__, "--here"]
    # A process that a signal ended has a negative one.
    return max(abs(subprocess.run([*here, algorithm]).returncode) for algorithm in algorithms)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        sys.exit(0 if run_here(sys.argv[2]) else 1)
    sys.exit(run_all(sys.argv[1:] or ALGORITHMS))
