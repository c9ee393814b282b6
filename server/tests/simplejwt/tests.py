"""The tests of interop.py. They are read once SimpleJWT has its settings."""

import unittest
from datetime import timedelta
from types import SimpleNamespace

import jwt
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenError

import keys


class Interoperation(unittest.TestCase):
    """What holds under all settings."""

    # Set before the tests run.
    world = None

    @classmethod
    def setUpClass(cls):
        told, cls.server = cls.world.told, cls.world.server
        shown = cls.server.user()
        cls.user = SimpleNamespace(**shown, password=cls.server.password_hash())
        cls.who = str(shown[told.get("USER_ID_FIELD", "id")])
        cls.id_claim = told.get("USER_ID_CLAIM", "user_id")

    def made_by_simplejwt(self, kind):
        return getattr(tokens, kind).for_user(self.user)

    def refused_everywhere(self, token, kind):
        """Signet takes the token at no endpoint that takes its kind."""
        code = ("token_not_valid", 401)
        tried = [self.server.post("token/verify/", {"token": token})]
        if kind == "RefreshToken":
            tried.append(self.server.post("token/refresh/", {"refresh": token}))
            tried.append(self.server.post("token/blacklist/", {"refresh": token}))
        else:
            tried.append(self.server.me(token))
        if kind == "SlidingToken":
            tried.append(self.server.post("token/sliding/refresh/", {"token": token}))
        for status, body in tried:
            self.assertEqual((body.get("code"), status), code, body)

    def test_simplejwt_accepts_the_tokens_of_a_login(self):
        pair, sliding = self.server.log_in(), self.server.log_in("token/sliding/")
        read = [
            tokens.AccessToken(pair["access"]),
            tokens.RefreshToken(pair["refresh"]),
            tokens.SlidingToken(sliding["token"]),
        ]
        for token in read:
            self.assertEqual(token[self.id_claim], self.who)

    def test_simplejwt_authenticates_with_an_access_and_a_sliding_token(self):
        for token in (self.server.log_in()["access"], self.server.log_in("token/sliding/")["token"]):
            validated = JWTAuthentication().get_validated_token(token.encode())
            self.assertEqual(validated[self.id_claim], self.who)

    def test_simplejwt_accepts_what_signet_refreshed(self):
        _, answer = self.server.post("token/refresh/", {"refresh": self.server.log_in()["refresh"]})
        tokens.AccessToken(answer["access"])
        before = self.server.log_in("token/sliding/")["token"]
        _, answer = self.server.post("token/sliding/refresh/", {"token": before})
        after = tokens.SlidingToken(answer["token"])
        id_claim = self.world.told.get("JTI_CLAIM", "jti")
        self.assertEqual(after[id_claim], tokens.SlidingToken(before)[id_claim])

    def test_the_tokens_of_both_hold_the_same_claims_in_the_same_order(self):
        pair, sliding = self.server.log_in(), self.server.log_in("token/sliding/")
        received = {
            "AccessToken": pair["access"],
            "RefreshToken": pair["refresh"],
            "SlidingToken": sliding["token"],
        }
        for kind, token in received.items():
            # As it is encoded: the backend adds `aud` and `iss` only then.
            own = getattr(tokens, kind)(str(self.made_by_simplejwt(kind)))
            theirs = getattr(tokens, kind)(token)
            self.assertEqual(list(theirs.payload), list(own.payload))

    def test_signet_accepts_an_access_token(self):
        token = str(self.made_by_simplejwt("AccessToken"))
        self.assertEqual(self.server.post("token/verify/", {"token": token}), (200, {}))
        status, me = self.server.me(token)
        self.assertEqual((status, me.get("username")), (200, "ada"), me)

    def test_signet_accepts_a_refresh_token(self):
        token = self.made_by_simplejwt("RefreshToken")
        self.assertEqual(self.server.post("token/verify/", {"token": str(token)}), (200, {}))
        self.assertEqual(self.server.me(token.access_token)[0], 200)
        status, answer = self.server.post("token/refresh/", {"refresh": str(token)})
        self.assertEqual(status, 200, answer)
        self.assertEqual(self.server.me(answer["access"])[0], 200)
        self.assertEqual(self.server.post("token/blacklist/", {"refresh": str(token)}), (200, {}))
        status, answer = self.server.post("token/refresh/", {"refresh": str(token)})
        self.assertEqual((status, answer["detail"]), (401, "Token is blacklisted"))

    def test_signet_accepts_a_sliding_token(self):
        token = str(self.made_by_simplejwt("SlidingToken"))
        self.assertEqual(self.server.post("token/verify/", {"token": token}), (200, {}))
        self.assertEqual(self.server.me(token)[0], 200)
        status, answer = self.server.post("token/sliding/refresh/", {"token": token})
        self.assertEqual(status, 200, answer)
        self.assertEqual(self.server.me(answer["token"])[0], 200)

    def test_simplejwt_refuses_signets_tokens_under_another_key(self):
        pair, sliding = self.server.log_in(), self.server.log_in("token/sliding/")
        stranger = self.world.backend(*keys.make(self.world.algorithm, 2))
        for token in (pair["access"], pair["refresh"], sliding["token"]):
            with self.assertRaises(TokenBackendError):
                stranger.decode(token)

    def test_signet_refuses_simplejwts_tokens_under_another_key(self):
        stranger = self.world.backend(*keys.make(self.world.algorithm, 3))
        for kind in ("AccessToken", "RefreshToken", "SlidingToken"):
            payload = self.made_by_simplejwt(kind).payload
            self.refused_everywhere(stranger.encode(payload), kind)

    def test_the_published_keys_verify(self):
        status, published = self.server.ask("GET", "/.well-known/jwks.json")
        self.assertEqual(status, 200)
        if self.world.algorithm in keys.HMAC:
            self.assertEqual(published, {"keys": []})
            return
        (key,) = jwt.PyJWKSet.from_dict(published).keys
        jwt.decode(self.server.log_in()["access"], key, algorithms=[self.world.algorithm], options={"verify_aud": False})


class AudienceAndIssuer(Interoperation):
    def test_both_refuse_a_token_without_them_and_one_for_others(self):
        without = self.world.backend(*self.world.pair, audience=None, issuer=None)
        others = self.world.backend(*self.world.pair, audience="three")
        stranger = self.world.backend(*self.world.pair, issuer="https://stranger.example")
        for wrong in (without, others, stranger):
            for kind in ("AccessToken", "RefreshToken", "SlidingToken"):
                token = wrong.encode(self.made_by_simplejwt(kind).payload)
                self.refused_everywhere(token, kind)
                with self.assertRaises(TokenError):
                    getattr(tokens, kind)(token)


class Leeway(Interoperation):
    def late(self, seconds):
        token = self.made_by_simplejwt("AccessToken")
        token.set_exp(lifetime=timedelta(seconds=-seconds))
        return str(token)

    def test_both_accept_a_token_that_ended_within_it(self):
        token = self.late(5)
        self.assertEqual(self.server.me(token)[0], 200)
        tokens.AccessToken(token)

    def test_both_refuse_a_token_that_ended_before(self):
        token = self.late(60)
        self.refused_everywhere(token, "AccessToken")
        with self.assertRaises(TokenError):
            tokens.AccessToken(token)


class Revoke(Interoperation):
    def test_both_write_the_same_fingerprint_of_the_password(self):
        own = self.made_by_simplejwt("RefreshToken")["fingerprint"]
        theirs = tokens.RefreshToken(self.server.log_in()["refresh"])["fingerprint"]
        self.assertEqual(theirs, own)

    def test_signet_refuses_a_token_of_another_password(self):
        token = self.made_by_simplejwt("AccessToken")
        token["fingerprint"] = "0" * 32
        status, body = self.server.me(token)
        self.assertEqual((status, body["code"]), (401, "password_changed"))


# Configurations of which more holds.
MORE = {"audience-and-issuer": AudienceAndIssuer, "leeway": Leeway, "revoke": Revoke}
