import hashlib

from django.db import migrations
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

HOME_PK = 1
KINDS = ["manufacturer", "model_customer"]


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
        hand_over(apps, using, factory)
    apps.get_model("industry", "Model").objects.using(using).update(is_for_all=True)


def hand_over(apps, using, factory):
    """What was promised to a factory's workloads, and what is said of them, goes to its owner."""
    owner = factory.organisation_id
    keys = [f"{factory.slug}~{one.model.name}" for one in factory.workloads.select_related("model")]
    for model in ("Agreement", "Maintenance"):
        rows = apps.get_model("network", model).objects.using(using)
        rows.filter(kind="workload", key__in=keys).update(organisation_id=owner)
    subjects = [factory.name_en, *(f"workload {key}" for key in keys)]
    for model in ("Alarm", "AlarmHold"):
        apps.get_model("network", model).objects.using(using).filter(subject__in=subjects).update(organisation_id=owner)


def organisation(apps, using, name):
    """Return the organisation of this name, making it as a manufacturer."""
    organisations = apps.get_model("console", "Organisation").objects.using(using)
    if found := organisations.filter(Q(name_en=name) | Q(name_zh=name)).first():
        found.kinds = sorted({*found.kinds, *KINDS})
        found.save()
        return found
    slug = slugify(name)[:50]
    if not slug or organisations.filter(slug=slug).exists():
        slug = f"{slug or 'organisation'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return organisations.create(slug=slug, name_en=name, name_zh=name, kinds=KINDS, made_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("industry", "0002_organisations"), ("network", "0021_slice_tenant")]
    operations = [migrations.RunPython(give_to_owners, migrations.RunPython.noop)]
