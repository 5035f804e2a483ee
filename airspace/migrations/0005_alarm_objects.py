import re

from django.db import migrations

from network.migrations._alarm_objects import identify, identify_holds

CODES = {
    "Somebody else reports a drone of this serial": "drone_claimed",
    "A drone reports an emergency": "drone_emergency",
    "A drone in flight reports no more": "drone_link_lost",
    "A drone reports that its Remote ID fails": "remote_id_failing",
    "The airspace engine is behind with the reports": "engine_behind",
    "The airspace engine does not answer": "engine_silent",
    "A key reports drones of other organisations": "key_claims_drones",
}
KEY = re.compile(r"\(loft_(\w+)_…\)$")


def fill(apps, schema_editor):
    """Tell which drones, keys and engine the alarms and holds of earlier versions are about."""
    alias = schema_editor.connection.alias
    alarms = apps.get_model("network", "Alarm")._default_manager.using(alias).all()
    identify(alarms, CODES, lambda piece: tell, is_unique=True)
    drones = apps.get_model("airspace", "Drone")._default_manager.using(alias)
    serials = set(drones.values_list("serial", "organisation_id"))
    holds = apps.get_model("network", "AlarmHold")._default_manager.using(alias).filter(object_kind="unknown")
    identify_holds(
        holds, CODES, lambda one: ("drone", one.subject) if (one.subject, one.organisation_id) in serials else None
    )


def tell(one):
    if one.subject == "airspace engine":
        return "platform", "airspace-engine", "空域引擎"
    if one.subject == "keys":
        return "api_key", "*", "密钥"
    if CODES[one.specific_problem] == "key_claims_drones":
        found = KEY.search(one.subject)
        return ("api_key", found[1], f"密钥 {one.subject.removeprefix('key ')}") if found else None
    if "subjects" in one.detail:
        return "drone", "*", "无人机"
    return "drone", one.subject, one.subject


class Migration(migrations.Migration):
    dependencies = [("airspace", "0004_owners"), ("network", "0024_alarm_identity")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
