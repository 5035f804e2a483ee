from django.db import migrations, models

IDENTITY = ("organisation", "object_kind", "object_key", "problem")


class Migration(migrations.Migration):
    dependencies = [("network", "0023_fill_alarm_objects")]
    operations = [
        migrations.AddIndex(
            model_name="alarm", index=models.Index(fields=["object_key", "started_at"], name="alarm_by_object")
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=IDENTITY, name="one_open_alarm_per_object_and_problem"
            ),
        ),
        migrations.AddConstraint(
            model_name="alarmhold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=IDENTITY, name="one_hold_per_object_and_problem"
            ),
        ),
    ]
