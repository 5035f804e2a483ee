"""How many of the ports that a site told of are not up, so that those few sites are found among all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("network", "0032_runbooks")]
    operations = [
        migrations.AddField("pmcounters", "bad_ports", models.PositiveSmallIntegerField(default=0)),
    ]
