import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("console", "0003_home"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="apikey",
            name="one_good_key_per_name",
        ),
        migrations.AddField(
            model_name="apikey",
            name="organisation",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="console.organisation"
            ),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="organisation",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="console.organisation"
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at", None)), fields=("organisation", "name"), name="one_good_key_per_name"
            ),
        ),
    ]
