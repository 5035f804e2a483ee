"""What the demo metropolis promises."""

import pytest

from network.actions.topology import vantage
from network.demo import demo, demo_service
from network.models import Agreement, Slice, subject
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    demo.build(NOON)


def test_it_promises_two_slices_and_the_availability_of_fibres(city):
    assert {slice_.slug: slice_.sites.count() for slice_ in Slice.objects.all()} == {"drone-control": 54, "factory": 16}
    assert Agreement.objects.filter(kind="slice").count() == 5
    links = Agreement.objects.filter(kind="link")
    stations = [link for link in links if "bs-" in link.key]
    assert len(stations) == 4
    assert links.count() > 20
    assert set(vantage.behind_links({station.key for station in stations})) == {station.key for station in stations}


def test_everything_promised_has_a_subject_and_a_metric_that_its_kind_can_have(city):
    for agreement in Agreement.objects.exclude(kind="site"):
        assert subject.find(agreement.kind, agreement.key).key == agreement.key
        assert agreement.metric in subject.of(agreement.kind).metrics
    assert all(row.key == row.site.slug for row in Agreement.objects.filter(kind="site").select_related("site"))


def test_a_database_from_before_gets_the_slices_and_keeps_what_people_changed(city):
    Slice.objects.all().delete()
    Agreement.objects.exclude(kind="site").delete()
    own = Agreement.objects.filter(kind="site", metric="availability").order_by("pk")
    own.update(target_share=0.9)
    first = own.first()
    first.target_share = 0.95
    first.save()
    demo.build(NOON)
    assert Slice.objects.count() == 2
    assert own.first().target_share == 0.95
    assert own.last().target_share == demo_service.AVAILABILITY_TARGET
    Slice.objects.filter(slug="factory").delete()
    demo.build(NOON)
    assert Slice.objects.count() == 1
