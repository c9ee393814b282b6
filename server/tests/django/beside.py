#!/usr/bin/env python3
"""A Django project and a Signet on one database, each seeing at once what the other does.

    SIGNET_BIN=target/debug/signet python3 beside.py [RUNS...]

RUNS are a name of CONFIGURATIONS below and one of an engine, such as `django-defaults:sqlite`;
without any, all are run, each in a process of its own. Postgres is the server of
TEST_POSTGRES_URL, on which databases are made and dropped; without it those runs are skipped. The
packages of ../simplejwt/requirements.txt must be there. Each process ends with a line in the form
of `cargo test`, which `cargo xtask test` counts.
"""

import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).parent.parent / "simplejwt"))

import report  # noqa: E402
from engines import ENGINES, missing  # noqa: E402
from project_server import Project  # noqa: E402
from server import Server  # noqa: E402

SECRET_KEY = "one key for both of them, of more than 32 bytes"
APPS = ["rest_framework_simplejwt.token_blacklist"]
# What Signet is told in every configuration; names as in docs/reference/settings.md, without SIGNET_.
TOLD = {
    "SIGNING_KEY": SECRET_KEY,
    "ACCESS_TOKEN_LIFETIME": "5m",
    "REFRESH_TOKEN_LIFETIME": "1d",
    "SLIDING_TOKEN_LIFETIME": "5m",
    "SLIDING_TOKEN_REFRESH_LIFETIME": "1d",
    "AUTH_TOKEN_CLASSES": "access,sliding",
    # Every test comes from one address.
    "THROTTLE_LOGIN": "off",
    "THROTTLE_LOGIN_ADDRESS": "off",
    "THROTTLE_REGISTER": "off",
    "PASSWORD_UPGRADE": "true",
    # As SimpleJWT, which knows no such thing.
    "ROTATION_GRACE": "0s",
    # The default, where other tests have hashes of no cost.
    "HASH_MEMORY_KIB": "19456",
    "HASH_ITERATIONS": "2",
}
# As docs/django.md advises: neither replaces a hash of the other.
SIGNETS_HASHES = {
    "hashers": [
        "hashers.SignetPasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
}
# Of both, where a name stands for the same in both.
STRICT = {
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": True,
    "CHECK_REVOKE_TOKEN": True,
}
# By name: what the project is told beyond SIMPLE_JWT, SIMPLE_JWT, and what Signet is told.
CONFIGURATIONS = {
    "django-defaults": ({}, {}, {}),
    "same-hashes": (SIGNETS_HASHES, {}, {}),
    "strict": (SIGNETS_HASHES, STRICT, {name: "true" for name in STRICT}),
}


class World:
    """One database, a Django project that made it, and a Signet that came to it afterwards."""

    def __init__(self, configuration, engine):
        project, simple_jwt, told = CONFIGURATIONS[configuration]
        self.configuration, self.engine = configuration, engine
        self.database = ENGINES[engine]()
        settings = {"secret_key": SECRET_KEY, "apps": APPS, "simple_jwt": simple_jwt} | project
        self.django = Project(database=self.database.django, **settings)
        self.django.manage("migrate")
        self.schema_of_django = self.database.schema()
        self.django.serve()
        told = TOLD | told | {"DATABASE_URL": self.database.signet}
        self.signet = Server(os.environ["SIGNET_BIN"], told)

    def stop(self):
        self.signet.stop()
        self.database.drop()


def run_here(name):
    """Runs the tests of one configuration on one engine; whether all was well."""
    configuration, engine = name.split(":")
    why = missing(engine)
    if why:
        print(f"skipped: {name}: {why}")
        # How many tests they would be, only a database that is there can tell.
        print(f"test result: ok. 0 passed; 0 failed; 1 ignored; {name}", flush=True)
        return True
    world = World(configuration, engine)
    try:
        from case import Case
        from cases import CASES

        Case.world = world
        load = unittest.defaultTestLoader.loadTestsFromTestCase
        suite = unittest.TestSuite(load(cases) for cases in CASES[configuration])
        return report.run(suite, name)
    finally:
        world.stop()


def run_all(names):
    """Runs each in a process of its own; the exit status."""
    here = [sys.executable, __file__, "--here"]
    # A process that a signal ended has a negative one.
    return max(abs(subprocess.run([*here, name]).returncode) for name in names)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        sys.exit(0 if run_here(sys.argv[2]) else 1)
    every = [f"{configuration}:{engine}" for configuration in CONFIGURATIONS for engine in ENGINES]
    sys.exit(run_all(sys.argv[1:] or every))
