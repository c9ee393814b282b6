"""What the tests of all files share. It is read once Django has its settings."""

import itertools
import unittest

from django.contrib.auth import get_user_model

from server import PASSWORD

User = get_user_model()
BLACKLISTED = "Token is blacklisted"
NUMBERS = itertools.count(1)


class Case(unittest.TestCase):
    """Two servers on one database."""

    # Set before the tests run.
    world = None

    def setUp(self):
        self.signet, self.django = self.world.signet, self.world.django

    def both_ways(self):
        """The two servers, and again with their parts exchanged."""
        return (self.signet, self.django), (self.django, self.signet)

    def new_name(self):
        return f"user-{next(NUMBERS)}"

    def registered(self, site, name=None):
        """Makes a user there, as a user is made there; the name."""
        name = name or self.new_name()
        if site is self.django:
            User.objects.create_user(name, f"{name}@example.com", PASSWORD)
        else:
            fields = {"username": name, "password": PASSWORD, "email": f"{name}@example.com"}
            status, body = site.post("register/", fields)
            self.assertEqual(status, 201, body)
        return name

    def log_in(self, site, name, password=PASSWORD):
        return site.log_in(username=name, password=password)

    def try_to_log_in(self, site, name, password=PASSWORD):
        return site.post("token/", {"username": name, "password": password})[0]

    def refresh(self, site, token):
        status, body = site.post("token/refresh/", {"refresh": token})
        self.assertEqual(status, 200, body)
        return body

    def blacklist(self, site, token):
        self.assertEqual(site.post("token/blacklist/", {"refresh": token}), (200, {}))

    def refused(self, answer, detail):
        """The answer is 401 with these words."""
        status, body = answer
        self.assertEqual((status, body.get("detail") if isinstance(body, dict) else body), (401, detail))

    def sees(self, site, token, name):
        """The token opens the protected view there, for this user."""
        user = User.objects.get(username=name)
        expected = {"id": user.id, "username": name, "email": user.email}
        self.assertEqual(site.me(token), (200, expected))

    def change_password(self, site, name, password):
        """Sets a password there, as an administrator does."""
        if site is self.django:
            user = User.objects.get(username=name)
            user.set_password(password)
            user.save()
            return
        done = self.signet.run("user", "password", name, told=password)
        self.assertEqual(done.returncode, 0, done.stderr)
