"""A key for each algorithm, in the forms in which Signet and SimpleJWT are given it."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

HMAC = ["HS256", "HS384", "HS512"]
PAIRS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
ALGORITHMS = HMAC + PAIRS


def make(algorithm, number):
    """The signing and the verifying key, as SimpleJWT's settings take them."""
    if algorithm in HMAC:
        # As many bytes as the longest of the three hashes.
        text = f"key-{number}-of-the-interoperation-tests-".ljust(64, "abcdefghij"[number])
        return text, text
    if algorithm == "EdDSA":
        private = ed25519.Ed25519PrivateKey.generate()
    elif algorithm.startswith("ES"):
        private = ec.generate_private_key({"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1()}[algorithm])
    else:
        private = rsa.generate_private_key(65537, 2048)
    signing = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    verifying = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return signing.decode(), verifying.decode()
