"""Both at work at the same time. Refresh tokens rotate, so every refresh writes."""

import os
from concurrent.futures import ThreadPoolExecutor

from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from case import Case, User

SESSIONS = int(os.environ.get("BESIDE_SESSIONS", 12))
REFRESHES = int(os.environ.get("BESIDE_REFRESHES", 6))


class Load(Case):
    def test_of_what_both_write_at_once_nothing_fails_and_nothing_is_lost(self):
        user = User.objects.get(username=self.registered(self.django))
        first = [str(RefreshToken.for_user(user)) for _ in range(SESSIONS)]

        def live(number):
            """A session that is renewed at both by turns; what went wrong."""
            sites, token, wrong = [self.signet, self.django], first[number], []
            for turn in range(number, number + REFRESHES):
                site = sites[turn % 2]
                status, body = site.post("token/refresh/", {"refresh": token})
                if status == 200:
                    token = body["refresh"]
                else:
                    wrong.append((site.name, status, body))
            return wrong

        with ThreadPoolExecutor(SESSIONS) as pool:
            self.assertEqual([wrong for wrong in pool.map(live, range(SESSIONS)) if wrong], [])
        of_user = OutstandingToken.objects.filter(user=user)
        self.assertEqual(of_user.count(), SESSIONS * (REFRESHES + 1))
        spent = BlacklistedToken.objects.filter(token__user=user)
        self.assertEqual(spent.count(), SESSIONS * REFRESHES)

    def test_a_token_that_is_spent_at_both_at_once_stands_on_the_list_once(self):
        user = User.objects.get(username=self.registered(self.signet))

        def spend(site, token):
            return site.post("token/blacklist/", {"refresh": token})[0]

        for _ in range(REFRESHES):
            token = str(RefreshToken.for_user(user))
            sites = [self.signet, self.django] * 2
            with ThreadPoolExecutor(len(sites)) as pool:
                answers = set(pool.map(spend, sites, [token] * len(sites)))
            self.assertLessEqual(answers, {200, 401})
            self.assertIn(200, answers)
        self.assertEqual(BlacklistedToken.objects.filter(token__user=user).count(), REFRESHES)
