"""People who sign in."""

from django.contrib.auth.models import AbstractUser


class Person(AbstractUser):
    """Someone who signs in. What they may do comes from the roles (groups) of `console.roles`."""

    class Meta:
        permissions = [
            ("view_audit", "Can read the audit trail"),
            ("manage_people", "Can manage people and their roles"),
        ]
