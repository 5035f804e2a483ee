"""Wire shapes of quotas."""

from typing import Any

from rest_framework import serializers

from console.quota.kinds import KINDS

MOST = 2**53 - 1


class QuotaSerializer(serializers.Serializer[Any]):
    """One kind of quota: what there may be (per key, too, for rates), what is used now, taken and refused in all."""

    quota = serializers.ChoiceField(choices=list(KINDS))
    limit = serializers.IntegerField()
    is_own = serializers.BooleanField()
    per_key = serializers.IntegerField(allow_null=True)
    used = serializers.IntegerField()
    taken = serializers.IntegerField(allow_null=True)
    refused = serializers.IntegerField()


class OrganisationQuotasSerializer(serializers.Serializer[Any]):
    """The quotas of one organisation."""

    organisation = serializers.CharField(source="organisation.slug")
    name_en = serializers.CharField(source="organisation.name_en")
    name_zh = serializers.CharField(source="organisation.name_zh")
    quotas = QuotaSerializer(many=True)


class LimitsSerializer(serializers.Serializer[Any]):
    """Limits to set; null gives the organisation the setting's figure again."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return one field per kind."""
        return {
            name: serializers.IntegerField(min_value=0, max_value=MOST, allow_null=True, required=False)
            for name in KINDS
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is no quota."""
        if unknown := sorted(set(self.initial_data) - set(KINDS)):
            raise serializers.ValidationError({unknown[0]: f"one of {', '.join(KINDS)}"})
        return attrs


class QuotaPageSerializer(serializers.Serializer[Any]):
    """A page of them."""

    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = OrganisationQuotasSerializer(many=True)
