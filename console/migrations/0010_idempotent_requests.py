import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Requests with an idempotency key belong to the console; their table is there, and keeps its name."""

    dependencies = [
        ("console", "0009_quotas"),
        ("industry", "0002_organisations"),  # by then the table is whole: what comes after may change it
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="IdempotentRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                default=1,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="console.organisation",
                            ),
                        ),
                        ("caller", models.CharField(max_length=60)),
                        ("key", models.CharField(max_length=200)),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("status", models.PositiveSmallIntegerField(default=0)),
                        ("answer", models.JSONField(null=True)),
                        ("at", models.DateTimeField(db_index=True)),
                    ],
                    options={
                        "db_table": "industry_idempotentrequest",
                        "constraints": [
                            models.UniqueConstraint(fields=("caller", "key"), name="one_request_per_caller_and_key")
                        ],
                    },
                ),
            ],
        ),
    ]
