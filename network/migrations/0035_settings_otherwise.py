"""How many of a site's cells are set otherwise than planned, as they tell themselves."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("network", "0034_agreement_name_zh")]
    operations = [
        migrations.AddField(
            model_name="pmcounters",
            name="otherwise",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
