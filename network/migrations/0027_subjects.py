from django.db import migrations, models


class Migration(migrations.Migration):
    """The kind of an agreement is one that an app registered: no list of them stands here any more."""

    dependencies = [("network", "0026_leases")]

    operations = [
        migrations.AlterField(
            model_name="agreement", name="kind", field=models.CharField(default="site", max_length=8)
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", ""), _negated=True), name="agreement_has_a_kind"
            ),
        ),
    ]
