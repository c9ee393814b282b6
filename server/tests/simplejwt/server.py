"""The real `signet serve`, and how it is asked."""

import json
import os
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

PASSWORD = "Str0ng-pass-1"
# How long anything may take that is waited for. Long: the machine may be busy.
PATIENCE = 60


class Site:
    """A server on a port of this machine."""

    name = None
    port = None

    def ask(self, method, path, body=None, headers=None):
        """Status and JSON, or the text that is none."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | (headers or {})
        url = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text

    def post(self, path, body):
        return self.ask("POST", f"/auth/{path}", body)

    def log_in(self, path="token/", username="ada", password=PASSWORD):
        status, tokens = self.post(path, {"username": username, "password": password})
        assert status == 200, (status, tokens)
        return tokens

    def me(self, token, scheme="Bearer"):
        return self.ask("GET", "/auth/me/", headers={"Authorization": f"{scheme} {token}"})


class Server(Site):
    """A Signet with a folder of its own, and one user, `ada`."""

    name = "Signet"

    def __init__(self, binary, settings):
        self.folder = tempfile.TemporaryDirectory()
        self.log = Path(self.folder.name) / "signet.log"
        ours = {name: value for name, value in os.environ.items() if not name.startswith("SIGNET_")}
        self.binary = str(Path(binary).resolve())
        self.environment = ours | {
            "SIGNET_LISTEN": "127.0.0.1:0",
            "SIGNET_DATA_DIR": self.folder.name,
            # The line that names the port is at `info`.
            "SIGNET_LOG": "warn,signet::cli::serve=info",
            # The hashes of a user whom nobody attacks.
            "SIGNET_HASH_MEMORY_KIB": "64",
            "SIGNET_HASH_ITERATIONS": "1",
        }
        self.environment |= {f"SIGNET_{name}": value for name, value in settings.items()}
        made = self.run("user", "create", "ada", told=PASSWORD)
        made.check_returncode()
        serve = [self.binary, "serve"]
        where = {"env": self.environment, "cwd": self.folder.name}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(serve, stderr=log, **where)
        self.wait_until_it_serves()

    def wait_until_it_serves(self):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            log = self.log.read_text()
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}: {log}")
            if said := re.search(r"Signet listens on 127\.0\.0\.1:(\d+);", log):
                self.port = int(said[1])
                assert self.ask("GET", "/healthz")[0] == 200
                return
            time.sleep(0.02)
        raise RuntimeError(f"the server does not serve: {log}")

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.folder.cleanup()

    def run(self, *arguments, told=""):
        """Runs a command of `signet` on the server's settings, to its end."""
        kept = {"input": told + "\n", "capture_output": True, "text": True, "timeout": PATIENCE}
        command = [self.binary, *arguments]
        return subprocess.run(command, env=self.environment, cwd=self.folder.name, **kept)

    def user(self, name="ada"):
        """The user as `signet user show` has it."""
        shown = self.run("user", "show", name, "--json")
        shown.check_returncode()
        return json.loads(shown.stdout)

    def password_hash(self):
        """What the database holds as the user's password."""
        import sqlite3

        with sqlite3.connect(Path(self.folder.name) / "signet.db") as database:
            (found,) = database.execute("SELECT password FROM auth_user WHERE username = 'ada'").fetchone()
        return found
