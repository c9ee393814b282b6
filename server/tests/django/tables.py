"""The tables of the project, with Signet at work on them."""

from datetime import timedelta

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from case import PASSWORD, Case, User


class Tables(Case):
    def test_signet_changes_nothing_of_the_tables_and_adds_its_own(self):
        before, after = self.world.schema_of_django, self.world.database.schema()
        added = {name: after.pop(name) for name in set(after) - set(before)}
        self.assertEqual(after, before)
        if self.world.engine == "sqlite":
            self.assertEqual(after["journal mode"], [("delete",)])
        self.assertTrue(added)
        self.assertEqual({name for name in added if not name.startswith("signet_")}, set())
        call_command("makemigrations", "--check", "--dry-run", verbosity=0)
        call_command("migrate", "--check", verbosity=0)

    def test_rows_of_both_order_by_time_as_they_were_made(self):
        made = []
        for _ in range(3):
            for here, there in self.both_ways():
                name = self.registered(here)
                token = self.log_in(here, name)["refresh"]
                self.blacklist(there, token)
                made.append((name, RefreshToken(token, verify=False)["jti"]))
        names, jtis = map(list, zip(*made))
        users = User.objects.filter(username__in=names).order_by("date_joined")
        self.assertEqual([user.username for user in users], names)
        for field in ("token__created_at", "blacklisted_at"):
            rows = BlacklistedToken.objects.filter(token__jti__in=jtis).order_by(field)
            self.assertEqual([row.token.jti for row in rows], jtis)
        # And against times of Django's own.
        user, now = users[2], timezone.now()
        before = User.objects.filter(username__in=names, date_joined__lt=user.date_joined)
        self.assertEqual(before.count(), 2)
        self.assertFalse(User.objects.filter(username__in=names, date_joined__gt=now).exists())

    def test_each_flushes_what_the_other_recorded_once_it_has_ended(self):
        flushing = {
            "Signet": lambda: self.signet.run("tokens", "flush-expired").check_returncode(),
            "Django": lambda: call_command("flushexpiredtokens"),
        }
        for here, there in self.both_ways():
            with self.subTest(here=here.name):
                name = self.registered(here)
                tokens = [RefreshToken(self.log_in(there, name)["refresh"]) for _ in range(3)]
                ended, spent, live = (token["jti"] for token in tokens)
                for token in tokens[1:]:
                    self.blacklist(there, str(token))
                # Signet keeps what was blacklisted for another day.
                past = timezone.now() - timedelta(days=1, seconds=1)
                of_user = OutstandingToken.objects.filter(user__username=name)
                of_user.filter(jti__in=(ended, spent)).update(expires_at=past)
                flushing[here.name]()
                self.assertEqual([row.jti for row in of_user], [live])
                self.assertEqual(BlacklistedToken.objects.filter(token__user__username=name).count(), 1)

    def test_the_admin_shows_tokens_and_users_of_both_and_deletes_users(self):
        User.objects.create_superuser("root", password=PASSWORD)
        admin = Client()
        self.assertTrue(admin.login(username="root", password=PASSWORD))
        for here, there in self.both_ways():
            with self.subTest(here=here.name):
                name = self.registered(here)
                token = self.log_in(here, name)["refresh"]
                self.blacklist(there, token)
                row = OutstandingToken.objects.get(user__username=name)
                user = User.objects.get(username=name)
                user.groups.add(Group.objects.get_or_create(name="readers")[0])
                pages = ["outstandingtoken/", "blacklistedtoken/", f"outstandingtoken/{row.id}/change/"]
                for page in [f"token_blacklist/{page}" for page in pages] + [f"auth/user/{user.id}/change/"]:
                    self.assertEqual(admin.get(f"/admin/{page}").status_code, 200, page)
                deleted = admin.post(f"/admin/auth/user/{user.id}/delete/", {"post": "yes"})
                self.assertEqual(deleted.status_code, 302)
                self.assertFalse(User.objects.filter(id=user.id).exists())
        User.objects.get(username="root").delete()
