from django.db import migrations
from django.db.models import Q


def give_to_operators(apps, schema_editor):
    """A drone whose operator's text is the name of an organisation is its; all others stay with who runs the network."""
    alias = schema_editor.connection.alias
    drones = apps.get_model("airspace", "Drone").objects.using(alias)
    for owner in apps.get_model("console", "Organisation").objects.using(alias).all():
        named = Q(operator=owner.name_en) | Q(operator=owner.name_zh) | Q(operator=owner.slug)
        drones.filter(named).exclude(operator="").update(organisation=owner)


class Migration(migrations.Migration):
    dependencies = [("airspace", "0002_organisations")]
    operations = [migrations.RunPython(give_to_operators, migrations.RunPython.noop)]
