from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("network", "0029_requests")]

    operations = [
        migrations.AddField("pmcounters", "off_air", models.PositiveSmallIntegerField(default=0)),
    ]
