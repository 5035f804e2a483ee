from django.core.management.color import no_style
from django.db import connections, migrations
from django.utils import timezone

HOME_PK = 1


def make_home(apps, schema_editor):
    """Make the organisation that runs the installation; whoever had a role so far has it there."""
    organisations = apps.get_model("console", "Organisation").objects.using(schema_editor.connection.alias)
    home = organisations.create(
        pk=HOME_PK,
        slug="operator",
        name_en="Network operator",
        name_zh="网络运营方",
        kinds=["network_operator"],
        made_at=timezone.now(),
    )
    connection = connections[schema_editor.connection.alias]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [type(home)]):
            cursor.execute(statement)
    memberships = apps.get_model("console", "Membership").objects.using(schema_editor.connection.alias)
    for person in apps.get_model("console", "Person").objects.using(schema_editor.connection.alias).all():
        held = set(person.groups.values_list("name", flat=True))
        for role in ("administrator", "planner", "operator", "viewer"):
            if role in held:
                memberships.create(person=person, organisation=home, role=role)
                person.groups.clear()
                break


def give_groups_back(apps, schema_editor):
    """Going back: whoever has a role with those who run the installation is in the group of that name again.

    People of other organisations are not: what a group gives is not kept to rows of an organisation.
    """
    using = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(using)
    memberships = apps.get_model("console", "Membership").objects.using(using)
    for one in memberships.filter(organisation=HOME_PK).select_related("person"):
        one.person.groups.add(groups.get_or_create(name=one.role)[0])


class Migration(migrations.Migration):
    dependencies = [("console", "0002_organisations")]
    operations = [migrations.RunPython(make_home, give_groups_back)]
