"""Wire shapes of a person's own account."""

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from console.models import Membership, Person, SignedIn, SignInAttempt, SignInWay
from console.rest.parse import Typed


class OwnRoleSerializer(serializers.ModelSerializer[Membership]):
    """An organisation that one belongs to, and as what."""

    organisation = serializers.CharField(source="organisation.slug", read_only=True)
    name_en = serializers.CharField(source="organisation.name_en", read_only=True)
    name_zh = serializers.CharField(source="organisation.name_zh", read_only=True)
    requires_totp = serializers.BooleanField(source="organisation.requires_totp", read_only=True)
    is_acting = serializers.SerializerMethodField(help_text="Whether one acts for it at present.")

    class Meta:
        model = Membership
        fields = ["organisation", "name_en", "name_zh", "role", "requires_totp", "is_acting"]

    def get_is_acting(self, membership: Membership) -> bool:
        """Whether what they make belongs to it."""
        return bool(self.context["acting"] == membership.organisation_id)


class AccountSerializer(serializers.ModelSerializer[Person]):
    """Oneself."""

    roles = OwnRoleSerializer(source="active_memberships", many=True, read_only=True)
    has_password = serializers.BooleanField(source="has_usable_password", read_only=True)
    requires_totp = serializers.BooleanField(read_only=True)
    recovery_codes_left = serializers.SerializerMethodField()
    idle_limit_min = serializers.SerializerMethodField(help_text="Minutes without use until a session ends; 0: never.")
    sign_ins_kept_d = serializers.SerializerMethodField(help_text="Days for which sign-ins are kept.")

    class Meta:
        model = Person
        fields = [
            "username", "email", "roles", "has_password", "must_change_password", "totp_since", "requires_totp",
            "recovery_codes_left", "idle_limit_min", "sign_ins_kept_d",
        ]  # fmt: skip
        read_only_fields = fields

    def get_recovery_codes_left(self, person: Person) -> int:
        """How many are still unused."""
        return person.recovery_codes.filter(used_at=None).count()

    def get_idle_limit_min(self, person: Person) -> float:
        """The limit that the installation sets."""
        return float(self.context["idle_limit_min"])

    def get_sign_ins_kept_d(self, person: Person) -> int:
        """The time that the installation sets."""
        return int(self.context["sign_ins_kept_d"])


class DisplaySerializer(serializers.ModelSerializer[Person]):
    """How figures and tables are shown to oneself in the browser; REST and exports stay in SI units."""

    class Meta:
        model = Person
        fields = Person.DISPLAY_FIELDS


class SessionSerializer(serializers.ModelSerializer[SignedIn]):
    """An open session; its key is told to nobody."""

    is_this = serializers.SerializerMethodField(help_text="Whether it is the one that asks.")
    way = serializers.ChoiceField(choices=SignInWay.choices, read_only=True)

    class Meta:
        model = SignedIn
        fields = ["id", "started_at", "active_at", "address", "browser", "way", "is_this"]
        read_only_fields = fields

    def get_is_this(self, session: SignedIn) -> bool:
        """Whether the caller uses it."""
        return bool(session.session_key == self.context["request"].session.session_key)


class SignInAttemptSerializer(serializers.ModelSerializer[SignInAttempt]):
    """An attempt to sign in, and how it turned out."""

    class Meta:
        model = SignInAttempt
        fields = ["id", "at", "address", "browser", "way", "outcome"]
        read_only_fields = fields


@dataclass(frozen=True, repr=False)
class NewPassword:
    """What a password is changed with. Never told as text: no log holds it."""

    current_password: str
    new_password: str


class NewPasswordSerializer(Typed[NewPassword]):
    """What a password is changed with."""

    current_password = serializers.CharField(max_length=500, trim_whitespace=False)
    new_password = serializers.CharField(max_length=500, trim_whitespace=False)
    makes = NewPassword


@dataclass(frozen=True, repr=False)
class Proof:
    """What somebody shows to be who is signed in. Never told as text either."""

    password: str
    code: str


class PasswordSerializer(Typed[str]):
    """One's password, to show that it is oneself."""

    password = serializers.CharField(max_length=500, trim_whitespace=False)

    def made(self) -> str:
        return str(self.validated_data["password"])


class CodeSerializer(Typed[str]):
    """A code."""

    code = serializers.CharField(max_length=40)

    def made(self) -> str:
        return str(self.validated_data["code"])


class PasswordAndCodeSerializer(Typed[Proof]):
    """Password and code, a time code or a recovery code."""

    password = serializers.CharField(max_length=500, trim_whitespace=False)
    code = serializers.CharField(max_length=40)
    makes = Proof


class TotpSetupSerializer(serializers.Serializer[Any]):
    """What an authenticator is set up with, shown this once."""

    secret = serializers.CharField(read_only=True)
    uri = serializers.CharField(read_only=True)
    picture = serializers.CharField(read_only=True, help_text="The URI as a QR code: a data URI of an SVG picture.")


class RecoveryCodesSerializer(serializers.Serializer[Person]):
    """Recovery codes, shown this once."""

    recovery_codes = serializers.ListField(child=serializers.CharField(), read_only=True)


class ActingSerializer(Typed[str]):
    """For which organisation one acts."""

    organisation = serializers.SlugField()

    def made(self) -> str:
        return str(self.validated_data["organisation"])


class ResetPasswordSerializer(serializers.Serializer[Person]):
    """A password that an administrator had made, shown this once; it has to be changed at the next sign-in."""

    password = serializers.CharField(read_only=True)


class EndedSerializer(serializers.Serializer[Person]):
    """How many sessions ended."""

    ended_sessions = serializers.IntegerField(read_only=True)
