import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("network", "0017_alarm_entry_system"),
    ]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="ended_at",
            field=models.DateTimeField(blank=True, db_index=True, null=True),
        ),
        migrations.AddField(
            model_name="agreement",
            name="replaces",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="replaced_by",
                to="network.agreement",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="agreement",
            name="one_agreement_per_subject_and_metric",
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("kind", "key", "metric"),
                name="one_agreement_per_subject_and_metric",
            ),
        ),
        migrations.AddField(
            model_name="stampsample",
            name="failure",
            field=models.CharField(
                blank=True,
                choices=[
                    ("timeout", "Time-out"),
                    ("refused", "Refused"),
                    ("name_unknown", "Name unknown"),
                    ("unreachable", "Unreachable"),
                    ("wrong_status", "Wrong status"),
                    ("no_http", "No HTTP answer"),
                ],
                default="",
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="ProberHealth",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("targets", models.PositiveIntegerField()),
                ("delay_ms", models.FloatField()),
                ("send_delay_ms", models.FloatField()),
                ("drops", models.PositiveIntegerField()),
                ("held", models.PositiveIntegerField()),
                ("is_well", models.BooleanField()),
                ("measured_at", models.DateTimeField()),
            ],
            options={"verbose_name_plural": "probers' health"},
        ),
    ]
