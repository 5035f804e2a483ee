"""What is asked for and what it makes have the field's names in the code; columns stay as they are."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("network", "0028_field_words")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("configurationjob", "wish", "request"),
                migrations.AlterField("configurationjob", "request", models.JSONField(db_column="wish")),
                migrations.RenameField("placementplan", "wish", "request"),
                migrations.AlterField("placementplan", "request", models.JSONField(db_column="wish")),
                migrations.AlterField(
                    "configurationjob",
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="configuration_jobs",
                        to="network.site",
                    ),
                ),
                migrations.AlterModelOptions(
                    "configurationjob",
                    {"ordering": ["-asked_at", "-uuid"], "verbose_name_plural": "configuration jobs"},
                ),
            ]
        )
    ]
