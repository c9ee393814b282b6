#!/usr/bin/env bash
# Django 5.2.7 on Python 3.11 or newer: what `django.utils.dateparse.parse_datetime` takes for a moment.
#
# Expected: its documentation describes a date *and* a time, separated by "T" or a space; a text of another form
#           gives None. So a bare date, an ISO week date or the basic form without dashes should give None, and a
#           reader of Django's SQLite files could refuse them.
# Seen:     since Django asks `datetime.fromisoformat` first, the Python that runs it decides. From Python 3.11
#           on, a bare date is midnight, "2024-W01-1" and "20240101T101010Z" are moments, too, and the SQLite
#           converter of DateTimeField hands such rows to models without an error. A single digit for the month
#           goes on being read by Django's own pattern.
# For us:   whatever reads `date_joined` and `last_login` from a Django's SQLite file must read these, too.
#
# Exits with 0 while that is so, with 1 if it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "skipped: Python 3.11 or newer is needed"
    exit 0
}
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "django==5.2.7"
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
from datetime import datetime, timezone

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.utils.dateparse import parse_datetime

seen = {
    "2024-01-01": datetime(2024, 1, 1),
    "2024-W01-1": datetime(2024, 1, 1),
    "20240101T101010Z": datetime(2024, 1, 1, 10, 10, 10, tzinfo=timezone.utc),
    "2024-1-1 1:01": datetime(2024, 1, 1, 1, 1),
    "1 January 2024 10:00": None,
}
for text, moment in seen.items():
    found = parse_datetime(text)
    print(f"{text!r}: {found!r}")
    assert found == moment, f"{text!r} was read as {moment!r} before"

call_command("migrate", verbosity=0)
user = User.objects.create(username="week")
with connection.cursor() as cursor:
    cursor.execute("UPDATE auth_user SET date_joined = '2024-W01-1'")
user.refresh_from_db()
print("a row with '2024-W01-1':", repr(user.date_joined))
assert user.date_joined == datetime(2024, 1, 1, tzinfo=timezone.utc)
PYTHON
