"""Wire shape of the audit trail."""

from rest_framework import serializers

from console.models import AuditEntry


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    """One change: who, what, when, from where."""

    class Meta:
        model = AuditEntry
        fields = ["id", "at", "actor", "verb", "subject", "detail", "address"]
        read_only_fields = fields
