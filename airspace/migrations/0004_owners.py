from django.db import migrations
from django.db.models import Q

HOME_PK = 1


def give_to_operators(apps, schema_editor):
    """A drone whose operator's text is the name of an organisation is its; all others stay with who runs the network."""
    alias = schema_editor.connection.alias
    drones = apps.get_model("airspace", "Drone").objects.using(alias)
    for owner in apps.get_model("console", "Organisation").objects.using(alias).all():
        named = Q(operator=owner.name_en) | Q(operator=owner.name_zh) | Q(operator=owner.slug)
        drones.filter(named).exclude(operator="").update(organisation=owner)
        if owner.pk != HOME_PK:
            serials = list(drones.filter(organisation=owner).values_list("serial", flat=True))
            hand_over(apps, alias, "flight", serials, owner)


def hand_over(apps, alias, kind, keys, owner):
    """What was promised to a subject, and what is said of it, goes to its owner; in pieces that a database takes."""
    for start in range(0, len(keys), 500):
        some = keys[start : start + 500]
        for model in ("Agreement", "Maintenance"):
            apps.get_model("network", model).objects.using(alias).filter(kind=kind, key__in=some).update(
                organisation=owner
            )
        subjects = [f"{kind} {key}" for key in some] + (some if kind == "flight" else [])
        for model in ("Alarm", "AlarmHold"):
            apps.get_model("network", model).objects.using(alias).filter(subject__in=subjects).update(
                organisation=owner
            )


class Migration(migrations.Migration):
    dependencies = [("airspace", "0003_organisations"), ("network", "0021_slice_tenant")]
    operations = [migrations.RunPython(give_to_operators, migrations.RunPython.noop)]
