from django.db import migrations, models


def revision() -> models.PositiveIntegerField:
    return models.PositiveIntegerField(default=0, editable=False)


class Migration(migrations.Migration):
    dependencies = [("network", "0011_notices")]

    operations = [
        migrations.AddField(model_name="site", name="revision", field=revision()),
        migrations.AddField(model_name="sector", name="revision", field=revision()),
        migrations.AddField(model_name="link", name="revision", field=revision()),
    ]
