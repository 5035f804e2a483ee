from django.db import migrations


class Migration(migrations.Migration):
    """Requests with an idempotency key belong to the console; their table stays as it is."""

    dependencies = [
        ("console", "0010_idempotent_requests"),
        ("industry", "0005_alarm_objects"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="IdempotentRequest")]),
    ]
