#!/bin/sh
# One cookie of another application hides a session's own cookie from Bottle and CherryPy.
#
# Browsers send what document.cookie was given (RFC 6265, section 5.4), also letters beyond ASCII and
# JSON. Bottle 0.13.4 and CherryPy 18.10.0 hand the header to Python's http.cookies.SimpleCookie, which
# stops at the first cookie that it does not like and says nothing: every cookie after it is lost.
# Expected: the session's cookie is found wherever it stands, as Django, Werkzeug and aiohttp find it.
# Exits with 1 if what is seen changes. Needs Python 3.10 or newer and a package index.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check \
    bottle==0.13.4 cherrypy==18.10.0 django==5.2.19 werkzeug==3.1.9 aiohttp==3.14.5

"$folder/python/bin/python" - <<'PYTHON'
import sys
from http.cookies import SimpleCookie
from importlib.metadata import version

import bottle
from aiohttp.test_utils import make_mocked_request
from cherrypy._cprequest import Request as CherryPyRequest
from cherrypy.lib.httputil import HeaderMap, Host
from django.http.cookie import parse_cookie
from werkzeug.wrappers import Request as WerkzeugRequest

HEADERS = {
    "alone": "session=abc",
    "after a cookie with a letter beyond ASCII": "other=caf\xe9; session=abc",
    "after a cookie that holds JSON": 'theme={"dark": true}; session=abc',
}


def by_cherrypy(header):
    request = CherryPyRequest(Host("127.0.0.1", 80), Host("127.0.0.1", 1))
    request.header_list = [("Cookie", header)]
    request.headers, request.cookie, request.protocol = HeaderMap(), SimpleCookie(), (1, 0)
    request.process_headers()
    found = request.cookie.get("session")
    return found and found.value


READERS = {
    "django": lambda header: parse_cookie(header).get("session"),
    "werkzeug": lambda header: WerkzeugRequest({"HTTP_COOKIE": header}).cookies.get("session"),
    "aiohttp": lambda header: make_mocked_request(
        "GET", "/", headers={"Cookie": header}
    ).cookies.get("session"),
    "bottle": lambda header: bottle.Request({"HTTP_COOKIE": header}).cookies.get("session"),
    "cherrypy": by_cherrypy,
}
LOSE_IT = ["bottle", "cherrypy"]

has_changed = False
for package, read in READERS.items():
    for place, header in HEADERS.items():
        seen = read(header) == "abc"
        measured = place == "alone" or package not in LOSE_IT
        has_changed |= seen != measured
        words = "found, as expected" if seen else "LOST; expected: found"
        print(f"{package} {version(package)}: a session's cookie {place} is {words}")
print("This has changed since it was measured." if has_changed else "As measured.")
sys.exit(has_changed)
PYTHON
