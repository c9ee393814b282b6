"""The hasher that docs/django.md gives."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class SignetPasswordHasher(Argon2PasswordHasher):
    memory_cost = 19456  # HASH_MEMORY_KIB
    time_cost = 2  # HASH_ITERATIONS
    parallelism = 1  # HASH_PARALLELISM
