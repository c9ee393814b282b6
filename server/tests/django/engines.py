"""A new database for a run, as Django and as Signet are told of it."""

import os
import sqlite3
import tempfile
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit


class Sqlite:
    """A file."""

    name = "SQLite"

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name) / "db.sqlite3"
        self.django = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(self.file)}
        self.signet = f"sqlite://{self.file}"

    def rows(self, statement):
        with sqlite3.connect(self.file) as connection:
            return connection.execute(statement).fetchall()

    def schema(self):
        """Everything that is declared, by name, and the journal mode of the file."""
        declared = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        return dict(self.rows(declared) + [("journal mode", self.rows("PRAGMA journal_mode"))])

    def drop(self):
        self.folder.cleanup()


class Postgres:
    """A database on the server of TEST_POSTGRES_URL."""

    name = "Postgres"

    def __init__(self):
        from psycopg.conninfo import conninfo_to_dict

        self.server = os.environ["TEST_POSTGRES_URL"]
        self.database = f"signet_beside_{uuid.uuid4().hex}"
        self.on_the_server(f"CREATE DATABASE {self.database}")
        self.signet = urlunsplit(urlsplit(self.server)._replace(path="/" + self.database))
        told = conninfo_to_dict(self.signet)
        names = {"NAME": "dbname", "HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
        self.django = {"ENGINE": "django.db.backends.postgresql"}
        self.django |= {name: told[its] for name, its in names.items() if its in told}

    def on_the_server(self, statement):
        import psycopg

        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)

    def rows(self, statement):
        import psycopg

        with psycopg.connect(self.signet) as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def schema(self):
        """Every column of every table, with its type, its default and what it may be; every index
        and every constraint."""
        columns = (
            "SELECT table_name || '.' || column_name, data_type || coalesce(column_default, '') || is_nullable"
            " FROM information_schema.columns WHERE table_schema = 'public'"
        )
        indexes = "SELECT tablename || ' ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        constraints = (
            "SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        )
        return dict(self.rows(f"{columns} UNION ALL {indexes} UNION ALL {constraints}"))

    def drop(self):
        self.on_the_server(f"DROP DATABASE {self.database} WITH (FORCE)")


ENGINES = {"sqlite": Sqlite, "postgres": Postgres}


def missing(engine):
    """In words why an engine cannot be tested; `None` if it can."""
    if engine == "postgres" and not os.environ.get("TEST_POSTGRES_URL"):
        return "TEST_POSTGRES_URL names no server on which databases may be made"
    return None
