"""What organisations do about problems, in both languages."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("console", "0011_time_marks"), ("network", "0031_severities")]
    operations = [
        migrations.CreateModel(
            name="Runbook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("problem", models.CharField(max_length=60)),
                ("text_en", models.TextField(blank=True, default="", max_length=4000)),
                ("text_zh", models.TextField(blank=True, default="", max_length=4000)),
                ("changed_at", models.DateTimeField()),
                ("actor", models.CharField(max_length=160)),
                (
                    "organisation",
                    models.ForeignKey(
                        default=1,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="console.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ["problem"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "problem"), name="one_runbook_per_problem")
                ],
            },
        ),
    ]
