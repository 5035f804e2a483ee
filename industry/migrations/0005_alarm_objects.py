from django.db import migrations

from network.migrations._alarm_objects import identify, identify_holds

CODES = {
    "No readings from the factory": "factory_silent",
    "The worker of the edge node takes no jobs": "worker_away",
    "Jobs wait long at the edge node": "jobs_waiting",
    "Jobs fail for good": "jobs_failing",
}


def fill(apps, schema_editor):
    """Tell which factories and edge nodes the alarms and holds of earlier versions are about."""
    alias = schema_editor.connection.alias

    def rows(app, name):
        return apps.get_model(app, name)._default_manager.using(alias)

    factories = {
        (slug, owner): name_zh
        for slug, owner, name_zh in rows("industry", "Factory").values_list("slug", "organisation_id", "name_zh")
    }
    nodes = {}
    for slug, name_en, name_zh, site in rows("network", "EdgeNode").values_list(
        "slug", "name_en", "name_zh", "site_id"
    ):
        nodes.setdefault((name_en, site), []).append((slug, name_zh))
    identify(
        rows("network", "Alarm").all(), CODES, lambda piece: lambda one: _tell(one, factories, nodes), is_unique=True
    )
    holds = rows("network", "AlarmHold").filter(object_kind="unknown")
    identify_holds(holds, CODES, lambda one: None)


def _tell(one, factories, nodes):
    is_factory = CODES[one.specific_problem] == "factory_silent"
    if "subjects" in one.detail:
        return ("factory", "*", "工厂") if is_factory else ("edge_node", "*", "边缘节点")
    if is_factory:
        key = one.detail.get("factory")
        return (
            ("factory", key, factories[key, one.organisation_id]) if (key, one.organisation_id) in factories else None
        )
    if one.subject == "jobs without an edge node":
        return "edge_node", "", "没有边缘节点的作业"
    found = nodes.get((one.subject, one.site_id), [])
    return ("edge_node", *found[0]) if len(found) == 1 else None


class Migration(migrations.Migration):
    dependencies = [("industry", "0004_no_tenant"), ("network", "0024_alarm_identity")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
