import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("console", "0004_owners"),
        ("network", "0018_ended_agreements"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="agreement",
            name="one_agreement_per_subject_and_metric",
        ),
        migrations.RemoveConstraint(
            model_name="alarm",
            name="one_open_alarm_per_subject_and_problem",
        ),
        migrations.RemoveConstraint(
            model_name="alarmhold",
            name="one_hold_per_problem",
        ),
        migrations.RemoveConstraint(
            model_name="escalationrule",
            name="one_rule_per_severity_and_step",
        ),
        migrations.AddField(
            model_name="agreement",
            name="organisation",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="console.organisation"
            ),
        ),
        migrations.AddField(
            model_name="alarm",
            name="organisation",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="console.organisation"
            ),
        ),
        migrations.AddField(
            model_name="alarmhold",
            name="organisation",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="console.organisation"
            ),
        ),
        migrations.AddField(
            model_name="alarmview",
            name="organisation",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="console.organisation"
            ),
        ),
        migrations.AddField(
            model_name="configurationpush",
            name="organisation",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="console.organisation"
            ),
        ),
        migrations.AddField(
            model_name="escalationrule",
            name="organisation",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="console.organisation"
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="organisation",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="console.organisation"
            ),
        ),
        migrations.AddField(
            model_name="maintenance",
            name="organisation",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="console.organisation"
            ),
        ),
        migrations.AddField(
            model_name="noticechannel",
            name="organisation",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="console.organisation"
            ),
        ),
        migrations.AddField(
            model_name="placementplan",
            name="organisation",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="console.organisation"
            ),
        ),
        migrations.AddField(
            model_name="slareport",
            name="organisation",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="console.organisation"
            ),
        ),
        migrations.AddField(
            model_name="slice",
            name="organisation",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="console.organisation"
            ),
        ),
        migrations.AlterField(
            model_name="noticechannel",
            name="name",
            field=models.CharField(max_length=80),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("organisation", "kind", "key", "metric"),
                name="one_agreement_per_subject_and_metric",
            ),
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("organisation", "subject", "specific_problem"),
                name="one_open_alarm_per_subject_and_problem",
            ),
        ),
        migrations.AddConstraint(
            model_name="alarmhold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("organisation", "subject", "specific_problem"),
                name="one_hold_per_problem",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationrule",
            constraint=models.UniqueConstraint(
                fields=("organisation", "severity", "step"), name="one_rule_per_severity_and_step"
            ),
        ),
        migrations.AddConstraint(
            model_name="noticechannel",
            constraint=models.UniqueConstraint(fields=("organisation", "name"), name="one_channel_per_name"),
        ),
    ]
