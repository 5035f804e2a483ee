from typing import Any

from django.db import migrations
from django.db.models import F


def keep_ends_of_leases(apps: Any, _schema: object) -> None:
    """A job that runs is looked after when its lease ends."""
    apps.get_model("industry", "Job").objects.filter(state="running").update(look_again_at=F("lease_until"))


class Migration(migrations.Migration):
    dependencies = [("industry", "0006_idempotent_requests")]

    operations = [
        migrations.RunPython(keep_ends_of_leases, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField(model_name="job", name="lease_until"),
    ]
