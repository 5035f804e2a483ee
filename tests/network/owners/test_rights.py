"""What customers may not do to the network, whatever their role or key."""

import pytest

from console.models import ApiKey

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["viewer", "operator", "planner", "administrator"])
def test_customers_change_nothing_of_the_network_and_are_told_which_right_they_lack(world, red, signed_in, role):
    caller = signed_in(role, red.pk)
    bodies = {
        "/api/v1/sites": "network.add_site",
        "/api/v1/agreements": "network.add_agreement",
        "/api/v1/slices": "network.add_slice",
        "/api/v1/maintenance": "network.add_maintenance",
        "/api/v1/sites/bs-1/configuration": "network.add_configurationjob",
        "/api/v1/placement/plans": "network.add_placementplan",
        "/api/v1/inventory/imports": "network.add_site",
    }
    for path, right in bodies.items():
        refused = caller.post(path, {}, format="json")
        assert (refused.status_code, right in refused.json()["detail"]) == (403, True)
    for path, right in (
        ("/api/v1/inventory/changes", "network.view_change"),
        ("/api/v1/placement/plans", "network.view_placementplan"),
        ("/api/v1/sites/bs-1/counters", "network.view_pmcounters"),
        ("/api/v1/sites/bs-1/configuration", "network.view_configurationjob"),
    ):
        refused = caller.get(path)
        assert (refused.status_code, right in refused.json()["detail"]) == (403, True)
    page = caller.get("/inventory/changes")
    assert page.status_code in (200, 403)
    assert caller.get("/plans").status_code == 403
    assert "the right to see plans for computing" in caller.get("/plans").content.decode()


def test_no_scope_gives_a_customers_key_more_than_its_organisation_could_have(world, red, with_key):
    key = with_key("read", organisation=red.pk)
    ApiKey.objects.filter(organisation=red).update(scopes=["read", "inventory:write", "sla:write"])
    for path, right in (("/api/v1/sites", "network.add_site"), ("/api/v1/slices", "network.add_slice")):
        refused = key.post(path, {}, format="json")
        assert (refused.status_code, right in refused.json()["detail"]) == (403, True)
    for path in ("/api/v1/inventory/changes", "/api/v1/placement/plans", "/api/v1/sites/bs-1/counters"):
        assert key.get(path).status_code == 403
    assert with_key("read").get("/api/v1/inventory/changes").status_code == 200
