"""Who is signed in with which browser, and how sign-ins turned out: what people see of it themselves."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from console.access.actor import Actor
from console.models.access.organisation import Membership, Row, ScopedQuerySet


class OfPeople(ScopedQuerySet[Row]):
    """Rows of people, each seen by those who see the person."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the rows of people who belong to an organisation that the actor may see, each once."""
        if actor.sees is None:
            return self
        members = Membership.objects.filter(organisation__in=actor.sees)
        return self.filter(person__in=members.values("person"))


class SignInWay(models.TextChoices):
    """How somebody showed who they are."""

    PASSWORD = "password", _("password")
    PASSWORD_AND_CODE = "password_and_code", _("password and code")
    PASSWORD_AND_RECOVERY_CODE = "password_and_recovery_code", _("password and recovery code")
    PROVIDER = "provider", _("identity provider")


class SignedIn(models.Model):
    """One open session: it goes with the session. `active_at` is when its person last did something."""

    session_key = models.CharField(max_length=40, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sessions")
    started_at = models.DateTimeField()
    active_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True, blank=True)
    browser = models.CharField(max_length=200, blank=True)
    way = models.CharField(max_length=30, choices=SignInWay.choices, default=SignInWay.PASSWORD)

    owner_path: ClassVar[str] = "person__memberships__organisation"
    objects = OfPeople.as_manager()

    class Meta:
        ordering = ["-active_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.person_id} since {self.started_at:%Y-%m-%d %H:%M}"


class SignInOutcome(models.TextChoices):
    """How an attempt to sign in turned out."""

    SIGNED_IN = "signed_in", _("signed in")
    WRONG_PASSWORD = "wrong_password", _("wrong password")
    WRONG_CODE = "wrong_code", _("wrong code")
    REFUSED = "refused", _("refused")


class SignInAttempt(models.Model):
    """One attempt to sign in as a person, kept for `LOFT_SIGN_IN_RETENTION_D` days."""

    at = models.DateTimeField(db_index=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="attempts")
    address = models.GenericIPAddressField(null=True, blank=True)
    browser = models.CharField(max_length=200, blank=True)
    way = models.CharField(max_length=30, choices=SignInWay.choices, default=SignInWay.PASSWORD)
    outcome = models.CharField(max_length=20, choices=SignInOutcome.choices)

    owner_path: ClassVar[str] = "person__memberships__organisation"
    objects = OfPeople.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.person_id} {self.outcome}"
