"""The Django project beside Signet: configured, migrated and served by this process."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from server import PATIENCE, Site

FOLDER = Path(__file__).parent / "project"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


class Threading(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128


class Project(Site):
    """Django, under these settings; see project/settings.py."""

    name = "Django"

    def __init__(self, **told):
        self.environment = os.environ | {"BESIDE": json.dumps(told), "PYTHONDONTWRITEBYTECODE": "1"}

    def manage(self, *arguments):
        """Runs a command of manage.py to its end, in a process of its own; what it printed."""
        kept = {"capture_output": True, "text": True, "timeout": PATIENCE}
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, env=self.environment, cwd=FOLDER, **kept)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def serve(self):
        """Serves it in this process, in which its models can be used from now on."""
        os.environ |= self.environment | {"DJANGO_SETTINGS_MODULE": "settings"}
        sys.path.insert(0, str(FOLDER))
        from django.core.wsgi import get_wsgi_application

        server = Threading(("127.0.0.1", 0), Quiet)
        server.set_app(get_wsgi_application())
        self.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
