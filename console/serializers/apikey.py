"""Wire shapes of API keys."""

from rest_framework import serializers

from console.access.scopes import SCOPES
from console.models import ApiKey
from console.rest.fields import TimeField


class ApiKeySerializer(serializers.ModelSerializer[ApiKey]):
    """A key as people see it: never the secret."""

    organisation = serializers.SlugField(source="organisation.slug", read_only=True)
    created_by = serializers.CharField(source="created_by.username", default=None, read_only=True)

    class Meta:
        model = ApiKey
        fields = [
            "id",
            "name",
            "prefix",
            "organisation",
            "scopes",
            "created_by",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
        ]
        read_only_fields = fields


class NewApiKeySerializer(serializers.Serializer[ApiKey]):
    """What a new key is asked for with."""

    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(SCOPES.items())), min_length=1, max_length=len(SCOPES)
    )
    organisation = serializers.SlugField(
        required=False, allow_null=True, default=None, help_text="Whose key it is; left out: your own organisation."
    )
    expires_at = TimeField(required=False, allow_null=True, default=None)


class CreatedApiKeySerializer(ApiKeySerializer):
    """A key just made, with the token that is shown this once."""

    token = serializers.CharField(read_only=True)

    class Meta(ApiKeySerializer.Meta):
        fields = [*ApiKeySerializer.Meta.fields, "token"]
        read_only_fields = fields
