from typing import Any

from django.db import migrations, models


def forget_claims_of_who_was_lost(apps: Any, _schema: object) -> None:
    """A document that waits once more kept the claim of its lost worker; nobody takes what somebody has."""
    for name in ("Evidence", "SlaReport"):
        apps.get_model("network", name).objects.filter(state="queued").update(claim=None)


class Migration(migrations.Migration):
    dependencies = [("network", "0024_alarm_identity")]

    operations = [
        migrations.RenameField(model_name="placementplan", old_name="lease_until", new_name="look_again_at"),
        migrations.RenameField(model_name="noticechannel", old_name="busy_until", new_name="look_again_at"),
        migrations.AddField(model_name="noticechannel", name="claim", field=models.UUIDField(blank=True, null=True)),
        migrations.AlterField(model_name="evidence", name="attempts", field=models.PositiveIntegerField(default=0)),
        migrations.AlterField(
            model_name="placementplan", name="attempts", field=models.PositiveIntegerField(default=0)
        ),
        migrations.AlterField(model_name="slareport", name="attempts", field=models.PositiveIntegerField(default=0)),
        migrations.RunPython(forget_claims_of_who_was_lost, migrations.RunPython.noop, elidable=True),
    ]
