"""How grave organisations take problems to be, and of each alarm the circumstance that decides how grave it is."""

import django.db.models.deletion
from django.db import migrations, models

SEVERITIES = [
    ("critical", "Critical"), ("major", "Major"), ("minor", "Minor"), ("warning", "Warning"),
    ("indeterminate", "Indeterminate"),
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("console", "0011_time_marks"), ("network", "0030_cells_off_air")]
    operations = [
        migrations.AddField("alarm", "grade", models.CharField(blank=True, default="", max_length=24)),
        migrations.CreateModel(
            name="SeverityRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("problem", models.CharField(max_length=60)),
                ("grade", models.CharField(blank=True, default="", max_length=24)),
                ("severity", models.CharField(choices=SEVERITIES, max_length=13)),
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
                "ordering": ["problem", "grade"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "problem", "grade"), name="one_severity_per_problem_and_grade"
                    )
                ],
            },
        ),
    ]
