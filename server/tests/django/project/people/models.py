"""A user model of the project's own, which Signet does not serve."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import models


class Person(AbstractBaseUser):
    email = models.EmailField(unique=True)

    USERNAME_FIELD = "email"
