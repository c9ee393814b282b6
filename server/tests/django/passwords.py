"""Hashes of one at the other."""

from django.contrib.auth.hashers import make_password

from case import PASSWORD, Case, User


class Passwords(Case):
    def test_a_password_changed_at_one_is_the_one_at_the_other(self):
        for here, there in self.both_ways():
            for maker in (here, there):
                with self.subTest(here=here.name, maker=maker.name):
                    name = self.registered(maker)
                    self.log_in(there, name)
                    self.change_password(here, name, "An0ther-pass")
                    self.assertEqual(self.try_to_log_in(there, name), 401)
                    self.log_in(there, name, "An0ther-pass")

    def test_who_has_no_usable_password_logs_in_nowhere(self):
        user = User.objects.create_user(self.new_name())
        for site in (self.signet, self.django):
            self.assertEqual(self.try_to_log_in(site, user.username, user.password), 401)
        User.objects.filter(pk=user.pk).update(password="")
        for site in (self.signet, self.django):
            self.assertEqual(self.try_to_log_in(site, user.username), 401)

    def test_letters_of_any_script_hash_alike(self):
        for here, there in self.both_ways():
            with self.subTest(here=here.name):
                name = self.registered(there)
                self.change_password(here, name, "pässwörter-密码-42")
                self.log_in(there, name, "pässwörter-密码-42")


class Upgrades(Case):
    """Django prefers PBKDF2, as it does by default, and Signet argon2."""

    def test_each_reads_what_the_other_made_of_a_hash(self):
        name = self.registered(self.django)
        for _ in range(2):
            for site, hasher in ((self.signet, "argon2$"), (self.django, "pbkdf2_sha256$")):
                self.log_in(site, name)
                self.assertTrue(User.objects.get(username=name).password.startswith(hasher))

    def test_hashes_of_djangos_other_hashers_are_read_too(self):
        for hasher in ("argon2", "scrypt", "pbkdf2_sha1"):
            with self.subTest(hasher=hasher):
                hashed = make_password(PASSWORD, hasher=hasher)
                user = User.objects.create(username=self.new_name(), password=hashed)
                self.log_in(self.signet, user.username)


class SameHashes(Case):
    """Both prefer argon2, of one cost."""

    def test_neither_replaces_a_hash_of_the_other(self):
        for here, there in self.both_ways():
            with self.subTest(here=here.name):
                name = self.registered(here)
                hashed = User.objects.get(username=name).password
                self.assertTrue(hashed.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$"))
                for site in (there, here):
                    self.log_in(site, name, PASSWORD)
                    self.assertEqual(User.objects.get(username=name).password, hashed)
