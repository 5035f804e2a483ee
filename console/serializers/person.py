"""Wire shapes of people."""

from rest_framework import serializers

from console.access.roles import ROLES
from console.models import Membership, Person


class PersonSerializer(serializers.ModelSerializer[Person]):
    """A person as an administrator sees them."""

    organisations: serializers.SlugRelatedField[Membership] = serializers.SlugRelatedField(
        source="memberships", slug_field="organisation_slug", many=True, read_only=True
    )
    roles: serializers.SlugRelatedField[Membership] = serializers.SlugRelatedField(
        source="memberships", slug_field="role", many=True, read_only=True
    )

    class Meta:
        model = Person
        fields = [
            "id",
            "username",
            "first_name",
            "last_name",
            "email",
            "is_active",
            "last_login",
            "must_change_password",
            "totp_since",
            "roles",
            "organisations",
        ]
        read_only_fields = fields


class NewPersonSerializer(serializers.Serializer[Person]):
    """What a person is added with; the password is generated and shown once."""

    username = serializers.RegexField(r"^[\w.@+-]+$", max_length=150)
    role = serializers.ChoiceField(choices=ROLES)
    email = serializers.EmailField(required=False, default="")
    organisation = serializers.SlugField(
        required=False, allow_null=True, default=None, help_text="Where they belong; left out: your own organisation."
    )


class ChangedPersonSerializer(serializers.Serializer[Person]):
    """What may be changed of a person."""

    role = serializers.ChoiceField(choices=ROLES, required=False)
    is_active = serializers.BooleanField(required=False)


class CreatedPersonSerializer(PersonSerializer):
    """A person just added, with the password that is shown this once."""

    password = serializers.CharField(read_only=True)

    class Meta(PersonSerializer.Meta):
        fields = [*PersonSerializer.Meta.fields, "password"]
        read_only_fields = fields
