import hashlib

from django.db import migrations
from django.utils import timezone
from django.utils.text import slugify

HOME_PK = 1


def give_to_owners(apps, schema_editor):
    """Make an organisation of every tenant's name; what belongs to no factory stays with who runs the network."""
    using = schema_editor.connection.alias
    factories = apps.get_model("industry", "Factory").objects.using(using)
    for name in factories.exclude(tenant="").order_by("tenant").values_list("tenant", flat=True).distinct():
        owner = organisation(apps, using, name)
        factories.filter(tenant=name).update(organisation=owner)
    jobs = apps.get_model("industry", "Job").objects.using(using)
    for factory in factories.exclude(organisation=HOME_PK):
        jobs.filter(factory=factory).update(organisation=factory.organisation_id)
    apps.get_model("industry", "Model").objects.using(using).update(is_for_all=True)


def organisation(apps, using, name):
    """Return the organisation of this name, making it as a manufacturer."""
    organisations = apps.get_model("console", "Organisation").objects.using(using)
    if found := organisations.filter(name_en=name).first():
        return found
    slug = slugify(name)[:50]
    if not slug or organisations.filter(slug=slug).exists():
        slug = f"{slug or 'organisation'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return organisations.create(
        slug=slug, name_en=name, name_zh=name, kinds=["manufacturer", "model_customer"], made_at=timezone.now()
    )


class Migration(migrations.Migration):
    dependencies = [("industry", "0002_organisations")]
    operations = [migrations.RunPython(give_to_owners, migrations.RunPython.noop)]
