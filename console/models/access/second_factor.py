"""What a person shows besides the password: codes by time, codes for an emergency, or another system's word."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from console.models.access.session import OfPeople


class TotpSecret(models.Model):
    """The secret from which a person's codes are computed, sealed with the installation's key.

    `last_step` is the newest time step whose code was used: no code is taken twice, nor one older than it.
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="totp_secret")
    sealed = models.TextField()
    last_step = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()

    owner_path: ClassVar[str] = "person__memberships__organisation"
    objects = OfPeople.as_manager()

    def __str__(self) -> str:
        return f"codes of {self.person_id}"


class RecoveryCode(models.Model):
    """A code for when the telephone is lost. Only its hash is kept; it works once."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    owner_path: ClassVar[str] = "person__memberships__organisation"
    objects = OfPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "code_hash"], name="one_of_each_recovery_code")]

    def __str__(self) -> str:
        return f"recovery code of {self.person_id}"


class ExternalIdentity(models.Model):
    """Who a person is at the identity provider, bound at the first sign-in: a name that changes hands opens nothing."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=250)
    subject = models.CharField(max_length=255)
    bound_at = models.DateTimeField()

    owner_path: ClassVar[str] = "person__memberships__organisation"
    objects = OfPeople.as_manager()

    class Meta:
        verbose_name_plural = "external identities"
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_person_per_identity"),
            models.UniqueConstraint(fields=["person", "issuer"], name="one_identity_per_person_and_issuer"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"
