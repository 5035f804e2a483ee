from django.db import migrations
from django.utils import timezone
from django.utils.text import slugify

HOME_PK = 1


def give_to_owners(apps, schema_editor):
    """Make the tenants of slices organisations, and give each what is of its slices; the rest is the operator's."""
    using = schema_editor.connection.alias
    slices = apps.get_model("network", "Slice").objects.using(using)
    for one in slices.exclude(tenant="").order_by("slug"):
        owner = _owner(apps.get_model("console", "Organisation").objects.using(using), one.tenant)
        slices.filter(pk=one.pk).update(organisation=owner)
        for name in ("Agreement", "Maintenance"):
            rows = apps.get_model("network", name).objects.using(using)
            rows.filter(kind="slice", key=one.slug).update(organisation=owner)
        for name in ("Alarm", "AlarmHold"):  # as agreements name them: each clears what it has raised
            rows = apps.get_model("network", name).objects.using(using)
            rows.filter(subject=f"slice {one.slug}"[:120]).update(organisation=owner)
    memberships = apps.get_model("console", "Membership").objects.using(using)
    for view in apps.get_model("network", "AlarmView").objects.using(using).all():
        first = memberships.filter(person=view.person_id).order_by("pk").first()
        if first is not None:
            view.organisation_id = first.organisation_id
            view.save(update_fields=["organisation"])


def name_tenants(apps, schema_editor):
    """Going back: slices say by a text whose they are; what belonged to others becomes everybody's, as it was."""
    slices = apps.get_model("network", "Slice").objects.using(schema_editor.connection.alias)
    for one in slices.exclude(organisation=HOME_PK).select_related("organisation"):
        slices.filter(pk=one.pk).update(tenant=one.organisation.name_en)


def _owner(organisations, name):
    for field in ("name_en", "name_zh"):
        if found := organisations.filter(**{field: name}).order_by("pk").first():
            return found
    stem = slugify(name)[:50] or "tenant"
    taken = set(organisations.filter(slug__startswith=stem).values_list("slug", flat=True))
    slug = next(one for one in (stem, *(f"{stem}-{number}" for number in range(2, 100_000))) if one not in taken)
    return organisations.create(slug=slug, name_en=name, name_zh=name, kinds=["model_customer"], made_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("network", "0019_organisations")]
    operations = [migrations.RunPython(give_to_owners, name_tenants)]
