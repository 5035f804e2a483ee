"""Wire shapes of organisations and their members."""

from rest_framework import serializers

from console.access.roles import ROLES
from console.models import Membership, Organisation, OrganisationKind
from console.rest.parse import Typed


class OrganisationSerializer(serializers.ModelSerializer[Organisation]):
    """An organisation."""

    kinds = serializers.ListField(child=serializers.ChoiceField(choices=OrganisationKind.choices))

    class Meta:
        model = Organisation
        fields = ["slug", "name_en", "name_zh", "kinds", "is_active", "requires_totp", "made_at"]
        read_only_fields = ["is_active", "requires_totp", "made_at"]


class OrganisationChangeSerializer(serializers.ModelSerializer[Organisation]):
    """What may be changed of an organisation."""

    kinds = serializers.ListField(child=serializers.ChoiceField(choices=OrganisationKind.choices), min_length=1)

    class Meta:
        model = Organisation
        fields = ["name_en", "name_zh", "kinds", "is_active"]


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """A person's role in an organisation."""

    username = serializers.CharField(source="person.username", read_only=True)
    organisation = serializers.CharField(source="organisation.slug", read_only=True)

    class Meta:
        model = Membership
        fields = ["username", "organisation", "role"]


class RoleSerializer(Typed[str]):
    """The role that a person is given."""

    role = serializers.ChoiceField(choices=ROLES)

    def made(self) -> str:
        return str(self.validated_data["role"])


class RequiresTotpSerializer(Typed[bool]):
    """Whether its people have to show a code besides their password."""

    requires_totp = serializers.BooleanField()

    def made(self) -> bool:
        return bool(self.validated_data["requires_totp"])
