#!/usr/bin/env python3
"""SimpleJWT itself and a running Signet read each other's tokens.

    SIGNET_BIN=target/debug/signet python3 interop.py [SETTINGS...]

SETTINGS are names of CONFIGURATIONS below; without any, all are run, each in a process of its own,
because SimpleJWT reads its settings once. The packages of requirements.txt must be there. Each
process ends with a line in the form of `cargo test`, which `cargo xtask test` counts.
"""

import os
import subprocess
import sys
import unittest
from datetime import timedelta

sys.dont_write_bytecode = True

import keys  # noqa: E402
import report  # noqa: E402
from server import Server  # noqa: E402

LIFETIME = timedelta(minutes=1)
# What Signet is told in every configuration; names as in docs/reference/settings.md, without SIGNET_.
LIFETIMES = {
    "ACCESS_TOKEN_LIFETIME": "1m",
    "REFRESH_TOKEN_LIFETIME": "1m",
    "SLIDING_TOKEN_LIFETIME": "1m",
    "SLIDING_TOKEN_REFRESH_LIFETIME": "1m",
    "AUTH_TOKEN_CLASSES": "access,sliding",
}
CLAIM_NAMES = {
    "USER_ID_FIELD": "username",
    "USER_ID_CLAIM": "sub",
    "TOKEN_TYPE_CLAIM": "typ",
    "JTI_CLAIM": "tid",
    "SLIDING_TOKEN_REFRESH_EXP_CLAIM": "until",
}
# By name: the settings of Signet, and SimpleJWT's where they are not the same text.
CONFIGURATIONS = {algorithm: ({"ALGORITHM": algorithm}, {}) for algorithm in keys.ALGORITHMS} | {
    "audience-and-issuer": (
        {"AUDIENCE": "one,two", "ISSUER": "https://issuer.example"},
        {"AUDIENCE": ["one", "two"]},
    ),
    "leeway": ({"LEEWAY": "30s"}, {"LEEWAY": timedelta(seconds=30)}),
    "claim-names": (CLAIM_NAMES, {}),
    "revoke": (
        {"CHECK_REVOKE_TOKEN": "true", "REVOKE_TOKEN_CLAIM": "fingerprint"},
        {"CHECK_REVOKE_TOKEN": True},
    ),
}


class World:
    """One configuration: Django in this process, and a Signet beside it, given the same."""

    def __init__(self, name):
        self.told, differing = CONFIGURATIONS[name]
        self.algorithm = self.told.get("ALGORITHM", "HS256")
        self.pair = keys.make(self.algorithm, 1)
        self.configure_django(differing)
        self.server = Server(os.environ["SIGNET_BIN"], LIFETIMES | self.told | {"SIGNING_KEY": self.pair[0]})

    def configure_django(self, differing):
        import django
        from django.conf import settings

        lifetimes = {name: LIFETIME for name in LIFETIMES if name.endswith("LIFETIME")}
        classes = ["rest_framework_simplejwt.tokens." + kind for kind in ("AccessToken", "SlidingToken")]
        signing, verifying = self.pair
        own = {"AUTH_TOKEN_CLASSES": classes, "SIGNING_KEY": signing, "VERIFYING_KEY": verifying}
        settings.configure(
            INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
            USE_TZ=True,
            SECRET_KEY="asked for, and not used",
            SIMPLE_JWT=self.told | differing | lifetimes | own,
        )
        django.setup()

    def backend(self, signing, verifying, **other):
        """SimpleJWT's signer and reader with these keys, under the same settings but for `other`."""
        from rest_framework_simplejwt.backends import TokenBackend
        from rest_framework_simplejwt.settings import api_settings

        given = {"audience": api_settings.AUDIENCE, "issuer": api_settings.ISSUER} | other
        return TokenBackend(self.algorithm, signing, verifying, **given)


def run_here(name):
    """Runs the tests of one configuration; whether all was well."""
    world = World(name)
    try:
        import tests

        cases = tests.MORE.get(name, tests.Interoperation)
        cases.world = world
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(cases)
        return report.run(suite, name)
    finally:
        world.server.stop()


def run_all(names):
    """Runs each configuration in a process of its own; the exit status."""
    here = [sys.executable, __file__, "--here"]
    # A process that a signal ended has a negative one.
    return max(abs(subprocess.run([*here, name]).returncode) for name in names)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        sys.exit(0 if run_here(sys.argv[2]) else 1)
    sys.exit(run_all(sys.argv[1:] or CONFIGURATIONS))
