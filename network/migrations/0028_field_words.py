"""Models take the field's names; tables, and what is stored in them, stay as they are."""

from django.db import migrations

RENAMED = (("Standing", "ComplianceStatus"), ("ConfigurationPush", "ConfigurationJob"), ("SiteCounters", "PmCounters"))


def rename_rights(apps, pairs) -> None:
    """Give content types and rights their new names, so that whoever was granted one keeps it."""
    content_types, permissions = apps.get_model("contenttypes", "ContentType"), apps.get_model("auth", "Permission")
    for old, new in pairs:
        kinds = content_types.objects.filter(app_label="network")
        if not kinds.filter(model=old.lower()).exists():
            continue
        kinds.filter(model=new.lower()).delete()  # made anew by a release of the other names: nobody was granted it
        kinds.filter(model=old.lower()).update(model=new.lower())
        for row in permissions.objects.filter(content_type__app_label="network", codename__endswith=f"_{old.lower()}"):
            verb = row.codename.partition("_")[0]
            permissions.objects.filter(pk=row.pk).update(codename=f"{verb}_{new.lower()}")


def forwards(apps, schema_editor) -> None:
    rename_rights(apps, RENAMED)


def backwards(apps, schema_editor) -> None:
    rename_rights(apps, [(new, old) for old, new in RENAMED])


class Migration(migrations.Migration):
    dependencies = [
        ("network", "0027_subjects"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                operation
                for old, new in RENAMED
                for operation in (
                    migrations.RenameModel(old, new),
                    migrations.AlterModelTable(new, f"network_{old.lower()}"),
                )
            ]
        ),
        migrations.RunPython(forwards, backwards, elidable=True),
    ]
