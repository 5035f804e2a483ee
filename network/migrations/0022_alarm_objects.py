import django.db.models.deletion
from django.db import migrations, models

SEVERITIES = [
    ("critical", "Critical"),
    ("major", "Major"),
    ("minor", "Minor"),
    ("warning", "Warning"),
    ("indeterminate", "Indeterminate"),
]


def word(length, default=""):
    return models.CharField(blank=True, default=default, max_length=length)


class Migration(migrations.Migration):
    """What tells alarms apart becomes a managed object and a problem's code. The next one fills them."""

    dependencies = [("network", "0021_slice_tenant")]
    operations = [
        migrations.RemoveConstraint(model_name="alarm", name="one_open_alarm_per_subject_and_problem"),
        migrations.RemoveConstraint(model_name="alarmhold", name="one_hold_per_problem"),
        migrations.RemoveIndex(model_name="alarm", name="alarm_by_subject"),
        migrations.AddField(
            "alarm", "object_key", models.CharField(default="", max_length=120), preserve_default=False
        ),
        migrations.AddField(
            "alarm", "object_kind", models.CharField(default="unknown", max_length=24), preserve_default=False
        ),
        migrations.AddField("alarm", "problem", models.CharField(default="", max_length=60), preserve_default=False),
        migrations.AddField("alarm", "subject_zh", word(120)),
        migrations.AddField("alarmhold", "object_key", word(120)),
        migrations.AddField("alarmhold", "object_kind", models.CharField(default="unknown", max_length=24)),
        migrations.AddField("alarmhold", "problem", word(60)),
        migrations.AddField("alarmhold", "subject_zh", word(120)),
        migrations.AddField("alarmentry", "after_s", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AddField("alarmentry", "channel", word(80)),
        migrations.AddField("alarmentry", "person", word(150)),
        migrations.AddField(
            "alarmentry",
            "root",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="network.alarm",
            ),
        ),
        migrations.AddField(
            "alarmentry", "severity_after", models.CharField(blank=True, choices=SEVERITIES, default="", max_length=13)
        ),
        migrations.AddField(
            "alarmentry", "severity_before", models.CharField(blank=True, choices=SEVERITIES, default="", max_length=13)
        ),
        migrations.AddField("alarmentry", "step", models.PositiveSmallIntegerField(blank=True, null=True)),
    ]
