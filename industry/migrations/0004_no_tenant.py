from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("industry", "0003_tenants")]
    operations = [migrations.RemoveField(model_name="factory", name="tenant")]
