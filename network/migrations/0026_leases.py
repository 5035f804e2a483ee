from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("network", "0025_ranges")]

    operations = [
        migrations.RenameField(model_name="placementplan", old_name="lease_until", new_name="look_again_at"),
        migrations.RenameField(model_name="noticechannel", old_name="busy_until", new_name="look_again_at"),
        migrations.AddField(model_name="noticechannel", name="claim", field=models.UUIDField(blank=True, null=True)),
        migrations.AlterField(model_name="evidence", name="attempts", field=models.PositiveIntegerField(default=0)),
        migrations.AlterField(
            model_name="placementplan", name="attempts", field=models.PositiveIntegerField(default=0)
        ),
        migrations.AlterField(model_name="slareport", name="attempts", field=models.PositiveIntegerField(default=0)),
    ]
