from django.db import migrations

from console.audit import chain

PIECE = 1_000


def tie(apps, schema_editor):
    """Tie the rows of the audit that are there into the chain, in the order in which they were written.

    Nothing refuses a change yet: the triggers come after the last migration.
    """
    alias = schema_editor.connection.alias
    entries = apps.get_model("console", "AuditEntry").objects.using(alias)
    links = apps.get_model("console", "AuditLink")
    number, head, last = 0, chain.BEFORE_THE_FIRST, 0
    while rows := list(entries.filter(pk__gt=last).order_by("pk")[:PIECE]):
        made = []
        for row in rows:
            row.digest = chain.digest(_hashed(row))
            number, head = number + 1, chain.link(head, number + 1, row.digest)
            made.append(links(number=number, entry=row, hash=head))
        entries.bulk_update(rows, ["digest"])
        links.objects.using(alias).bulk_create(made)
        last = rows[-1].pk


def _hashed(row):
    """Return what `AuditEntry.hashed` returns, as of this migration."""
    return {
        "at": row.at,
        "person": row.person_id,
        "key": row.key_id,
        "actor": row.actor,
        "verb": row.verb,
        "subject": row.subject,
        "detail": row.detail,
        "address": chain.address_text(row.address),
        "organisation": row.organisation_id,
    }


def let_change(apps, schema_editor):
    """Going back: take the guard away, which an older state of the rows knows nothing of."""
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    with schema_editor.connection.cursor() as cursor:
        for table in ("console_auditentry", "console_auditlink"):
            for name in ("no_update", "no_delete", "no_replace") if is_sqlite else ("append_only", "chain"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}{'' if is_sqlite else f' ON {table}'}")
            if not is_sqlite:
                cursor.execute(f"GRANT UPDATE, DELETE, TRUNCATE ON {table} TO CURRENT_USER")


class Migration(migrations.Migration):
    dependencies = [("console", "0006_narrow_scopes")]
    operations = [migrations.RunPython(tie, let_change)]
