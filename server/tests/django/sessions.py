"""Tokens of one at the other."""

from datetime import datetime

from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken, SlidingToken
from rest_framework_simplejwt.utils import datetime_from_epoch

from case import BLACKLISTED, Case, User


class Sessions(Case):
    """What holds under all settings."""

    def test_an_access_token_of_one_opens_the_protected_view_of_the_other(self):
        for here, there in self.both_ways():
            with self.subTest(here=here.name):
                name = self.registered(here)
                self.sees(there, self.log_in(here, name)["access"], name)

    def test_a_refresh_token_of_one_refreshes_at_the_other(self):
        for here, there in self.both_ways():
            with self.subTest(here=here.name):
                name = self.registered(here)
                answer = self.refresh(there, self.log_in(here, name)["refresh"])
                for site in (here, there):
                    self.sees(site, answer["access"], name)

    def test_a_sliding_token_of_one_slides_at_the_other(self):
        for here, there in self.both_ways():
            with self.subTest(here=here.name):
                name = self.registered(here)
                token = here.log_in("token/sliding/", name)["token"]
                status, answer = there.post("token/sliding/refresh/", {"token": token})
                self.assertEqual(status, 200, answer)
                self.sees(here, answer["token"], name)
                SlidingToken(token).blacklist()
                for site in (here, there):
                    self.refused(site.post("token/sliding/refresh/", {"token": answer["token"]}), BLACKLISTED)

    def test_what_one_blacklists_is_refused_at_the_other_whoever_made_it(self):
        for here, there in self.both_ways():
            for maker in (here, there):
                with self.subTest(here=here.name, maker=maker.name):
                    token = self.log_in(maker, self.registered(maker))["refresh"]
                    self.blacklist(here, token)
                    for path in ("token/refresh/", "token/blacklist/"):
                        self.refused(there.post(path, {"refresh": token}), BLACKLISTED)

    def test_a_token_that_the_project_made_itself_is_one_that_signet_knows(self):
        user = User.objects.get(username=self.registered(self.signet))
        token = RefreshToken.for_user(user)
        self.sees(self.signet, str(token.access_token), user.username)
        self.blacklist(self.signet, str(token))
        self.assertEqual(OutstandingToken.objects.get(jti=token["jti"]).token, str(token))
        self.refused(self.django.post("token/refresh/", {"refresh": str(token)}), BLACKLISTED)

    def test_a_login_leaves_the_row_that_the_other_would_have_left_but_for_the_token(self):
        rows = []
        for here, _ in self.both_ways():
            name = self.registered(here)
            token = RefreshToken(self.log_in(here, name)["refresh"])
            (row,) = OutstandingToken.objects.filter(user__username=name)
            self.assertEqual((row.jti, row.expires_at), (token["jti"], datetime_from_epoch(token["exp"])))
            self.assertLess(abs(row.created_at.timestamp() - token["iat"]), 2)
            rows.append(row.token)
        self.assertEqual(rows, ["", str(token)])

    def test_a_blacklisted_token_stands_on_the_list_once(self):
        for here, there in self.both_ways():
            with self.subTest(here=here.name):
                name = self.registered(here)
                self.blacklist(there, self.log_in(here, name)["refresh"])
                (row,) = BlacklistedToken.objects.filter(token__user__username=name)
                self.assertGreaterEqual(row.blacklisted_at, row.token.created_at.replace(microsecond=0))


class StrictSessions(Sessions):
    """And with rotation, a blacklist after it, and tokens that end with their password."""

    def test_a_token_that_was_rotated_at_one_is_spent_at_the_other_and_its_successor_is_good(self):
        for here, there in self.both_ways():
            with self.subTest(here=here.name):
                name = self.registered(here)
                former = self.log_in(here, name)["refresh"]
                successor = self.refresh(there, former)["refresh"]
                self.refused(here.post("token/refresh/", {"refresh": former}), BLACKLISTED)
                for site in (here, there):
                    verdict = site.post("token/verify/", {"token": former})
                    self.assertEqual(verdict, (400, {"non_field_errors": ["Token is blacklisted"]}))
                of_user = OutstandingToken.objects.filter(user__username=name).order_by("id")
                jtis = [RefreshToken(successor)["jti"]]
                self.assertEqual([row.jti for row in of_user][1:], jtis)
                last = self.refresh(here, successor)
                self.sees(there, last["access"], name)
                self.refused(there.post("token/refresh/", {"refresh": former}), BLACKLISTED)

    def test_reuse_ends_the_session_where_signet_has_spent_the_token_and_nothing_where_django_has(self):
        for here, there in self.both_ways():
            with self.subTest(here=here.name):
                name = self.registered(here)
                former = self.log_in(self.signet, name)["refresh"]
                successor = self.refresh(there, former)["refresh"]
                self.refused(self.signet.post("token/refresh/", {"refresh": former}), BLACKLISTED)
                for site in (self.django, self.signet):
                    if there is self.signet:
                        self.refused(site.post("token/refresh/", {"refresh": successor}), BLACKLISTED)
                    else:
                        successor = self.refresh(site, successor)["refresh"]

    def test_the_sessions_of_a_user_end_with_the_logins_at_the_project(self):
        name = self.registered(self.django)
        here, there = self.log_in(self.signet, name), self.log_in(self.django, name)
        bearer = {"Authorization": f"Bearer {here['access']}"}
        body = {"refresh": here["refresh"]}
        answer = self.signet.ask("DELETE", "/auth/sessions/", body, bearer)
        self.assertEqual(answer, (204, ""))
        for site in (self.django, self.signet):
            self.refused(site.post("token/refresh/", {"refresh": there["refresh"]}), BLACKLISTED)
        here = self.refresh(self.signet, here["refresh"])
        self.sees(self.django, here["access"], name)

    def test_the_project_deletes_a_user_who_has_sessions(self):
        name = self.registered(self.django)
        token = self.refresh(self.signet, self.log_in(self.signet, name)["refresh"])
        User.objects.get(username=name).delete()
        # SimpleJWT itself answers 500 to such a token.
        self.assertEqual(self.signet.post("token/refresh/", {"refresh": token["refresh"]})[0], 401)

    def test_a_login_at_one_is_the_last_login_that_the_other_shows(self):
        name = self.registered(self.django)
        user = User.objects.get(username=name)
        self.assertIsNone(self.signet.user(name)["last_login"])
        seen = []
        for here, _ in self.both_ways():
            self.log_in(here, name)
            user.refresh_from_db()
            shown = datetime.fromisoformat(self.signet.user(name)["last_login"])
            self.assertEqual(user.last_login, shown)
            seen.append(user.last_login)
        self.assertLess(seen[0], seen[1])

    def test_a_password_changed_at_one_ends_the_tokens_of_both_at_both(self):
        changed = "The user's password has been changed."
        for here, there in self.both_ways():
            with self.subTest(here=here.name):
                name = self.registered(there)
                held = [self.log_in(site, name)["access"] for site in (here, there)]
                self.change_password(here, name, "An0ther-pass")
                for token in held:
                    for site in (here, there):
                        self.refused(site.me(token), changed)
                self.sees(here, self.log_in(there, name, "An0ther-pass")["access"], name)

    def test_a_password_changed_at_one_ends_the_sessions_of_both_at_signet(self):
        changed = "The user's password has been changed."
        for here, there in self.both_ways():
            with self.subTest(here=here.name):
                name = self.registered(there)
                held = [self.log_in(site, name)["refresh"] for site in (here, there)]
                slid = [site.log_in("token/sliding/", name)["token"] for site in (here, there)]
                self.change_password(here, name, "An0ther-pass")
                for path, field, tokens in (
                    ("token/refresh/", "refresh", held),
                    ("token/sliding/refresh/", "token", slid),
                ):
                    for token in tokens:
                        # SimpleJWT does so after 5.5.1.
                        self.refused(self.signet.post(path, {field: token}), changed)
                        for site in (self.signet, self.django):
                            self.refused(site.post(path, {field: token}), BLACKLISTED)
