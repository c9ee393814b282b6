"""Which tests are run in which configuration."""

from load import Load
from passwords import Passwords, SameHashes, Upgrades
from refused import Refused
from sessions import Sessions, StrictSessions
from tables import Tables
from users import Users

CASES = {
    "django-defaults": [Passwords, Upgrades, Refused],
    "same-hashes": [Sessions, Users, SameHashes],
    "strict": [StrictSessions, Load, Tables],
}
