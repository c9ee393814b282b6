"""Users of one at the other."""

from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import Group
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from case import BLACKLISTED, PASSWORD, Case, User

NO_ACCOUNT = "No active account found for the given token."


class Users(Case):
    def test_who_registered_at_one_logs_in_to_the_other(self):
        for here, there in self.both_ways():
            with self.subTest(here=here.name):
                name = self.registered(here)
                self.sees(there, self.log_in(there, name)["access"], name)

    def test_a_user_of_signets_is_made_as_django_makes_one(self):
        ours, theirs = (
            User.objects.filter(username=self.registered(site)).values().get()
            for site in (self.signet, self.django)
        )
        for its in ("id", "username", "email", "password", "date_joined"):
            self.assertIs(type(ours.pop(its)), type(theirs.pop(its)))
        self.assertEqual(ours, theirs)

    def test_names_of_any_script_are_the_same_in_both(self):
        for here, there in self.both_ways():
            with self.subTest(here=here.name):
                # The letter for nine is stored as the two that it stands for, and looked for as it is.
                name = f"žofie-Ⅸ-{here.name}"
                if here is self.django:
                    User.objects.create_user(name, password=PASSWORD)
                else:
                    here.post("register/", {"username": name, "password": PASSWORD})
                stored = f"žofie-IX-{here.name}"
                self.sees(there, self.log_in(there, stored)["access"], stored)
                for site in (here, there):
                    self.assertEqual(self.try_to_log_in(site, name), 401)

    def test_a_name_taken_at_one_is_taken_at_the_other(self):
        name = self.registered(self.django)
        status, body = self.signet.post("register/", {"username": name, "password": PASSWORD})
        taken = ["A user with that username already exists."]
        self.assertEqual((status, body), (400, {"username": taken}))
        name = self.registered(self.signet)
        form = UserCreationForm({"username": name, "password1": PASSWORD, "password2": PASSWORD})
        self.assertEqual(form.errors, {"username": taken})

    def test_a_user_deactivated_at_one_is_out_at_the_other_at_once(self):
        for here, there in self.both_ways():
            with self.subTest(here=here.name):
                name = self.registered(there)
                tokens = self.log_in(there, name)
                self.set_active(here, name, False)
                self.refused(there.me(tokens["access"]), "User is inactive")
                self.refused(there.post("token/refresh/", {"refresh": tokens["refresh"]}), NO_ACCOUNT)
                self.assertEqual(self.try_to_log_in(there, name), 401)
                self.set_active(here, name, True)
                self.sees(there, tokens["access"], name)
                self.sees(there, self.refresh(there, tokens["refresh"])["access"], name)

    def test_django_deletes_users_of_both_and_what_was_blacklisted_stays_so(self):
        for maker, _ in self.both_ways():
            with self.subTest(maker=maker.name):
                name = self.registered(maker)
                spent, live = (self.log_in(site, name) for site in (self.signet, self.django))
                self.blacklist(self.signet, spent["refresh"])
                rows = [row.id for row in OutstandingToken.objects.filter(user__username=name)]
                User.objects.get(username=name).delete()
                self.gone(name, rows, spent, live)

    def test_signet_deletes_users_of_both_and_what_was_blacklisted_stays_so(self):
        for maker, _ in self.both_ways():
            with self.subTest(maker=maker.name):
                name = self.registered(maker)
                spent, live = (self.log_in(site, name) for site in (self.django, self.signet))
                self.blacklist(self.django, spent["refresh"])
                rows = [row.id for row in OutstandingToken.objects.filter(user__username=name)]
                deleted = self.signet.run("user", "delete", name)
                self.assertEqual(deleted.returncode, 0, deleted.stderr)
                self.gone(name, rows, spent, live)

    def test_signet_does_not_delete_who_has_rows_in_a_table_of_the_projects(self):
        name = self.registered(self.signet)
        group, _ = Group.objects.get_or_create(name="editors")
        user = User.objects.get(username=name)
        user.groups.add(group)
        tokens = self.log_in(self.django, name)
        refused = self.signet.run("user", "delete", name)
        self.assertNotEqual(refused.returncode, 0)
        (line,) = refused.stderr.splitlines()
        self.assertIn("auth_user_groups", line)
        self.assertIn("deactivate", line)
        self.assertEqual(OutstandingToken.objects.filter(user=user).count(), 1)
        self.sees(self.signet, tokens["access"], name)
        user.delete()
        self.refused(self.signet.me(tokens["access"]), "User not found")

    def test_the_address_and_the_name_that_django_changes_are_those_that_signet_tells(self):
        token = self.log_in(self.signet, self.registered(self.signet))["access"]
        user = User.objects.get(id=self.signet.me(token)[1]["id"])
        user.username, user.email = self.new_name(), "other@example.com"
        user.save()
        self.sees(self.signet, token, user.username)

    def gone(self, name, rows, spent, live):
        """Nothing is left of a user but tokens that are nobody's."""
        self.assertFalse(User.objects.filter(username=name).exists())
        orphans = OutstandingToken.objects.filter(id__in=rows, user=None)
        self.assertEqual(orphans.count(), len(rows))
        for site in (self.signet, self.django):
            self.refused(site.me(live["access"]), "User not found")
            self.assertEqual(self.try_to_log_in(site, name), 401)
            self.refused(site.post("token/refresh/", {"refresh": spent["refresh"]}), BLACKLISTED)
        # The reference fails here.
        self.refused(self.signet.post("token/refresh/", {"refresh": live["refresh"]}), NO_ACCOUNT)

    def set_active(self, site, name, is_active):
        if site is self.django:
            User.objects.filter(username=name).update(is_active=is_active)
            return
        done = self.signet.run("user", "activate" if is_active else "deactivate", name)
        self.assertEqual(done.returncode, 0, done.stderr)
