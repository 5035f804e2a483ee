from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("network", "0020_owners")]
    operations = [migrations.RemoveField(model_name="slice", name="tenant")]
