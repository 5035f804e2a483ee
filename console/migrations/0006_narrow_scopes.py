from django.db import migrations
from django.utils import timezone

SPLIT = {"inventory:write": ["equipment:push"], "alarms:write": ["alarms:hold"]}
"""What a scope allowed and no longer does: keys that hold it get the scopes that now say so."""


def narrow(apps, schema_editor):
    """Give every key that is not revoked the scopes its old ones were split into; say of each in the audit what changed.

    The rows are tied into the chain by the next migration, with all that were there before them.
    """
    alias = schema_editor.connection.alias
    entries = apps.get_model("console", "AuditEntry").objects.using(alias)
    for key in apps.get_model("console", "ApiKey").objects.using(alias).order_by("pk").iterator():
        gained = sorted({new for old in key.scopes for new in SPLIT.get(old, ())} - set(key.scopes))
        if not gained or key.revoked_at:
            continue
        before, key.scopes = key.scopes, sorted({*key.scopes, *gained})
        key.save(update_fields=["scopes"])
        entries.create(
            at=timezone.now(), actor="system", verb="split scopes of API key", organisation_id=key.organisation_id,
            subject=f"{key.name} (loft_{key.prefix}_…)", detail={"before": before, "after": key.scopes},
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("console", "0005_audit_chain")]
    operations = [migrations.RunPython(narrow, migrations.RunPython.noop)]
