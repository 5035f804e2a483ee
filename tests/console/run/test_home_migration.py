"""People keep their roles on the way to organisations, and those who run the installation on the way back."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection

from console.access.actor import HOME_PK
from console.models import Membership, Organisation, Person
from tests.audit_guard import lowered
from tests.conftest import NOON

home = import_module("console.migrations.0003_home")


@pytest.mark.django_db
def test_going_back_gives_groups_to_people_of_the_network_operator_and_to_no_customers(person):
    other = Organisation.objects.create(slug="red", name_en="Red", name_zh="红", kinds=["manufacturer"], made_at=NOON)
    ours, theirs, both = person("planner"), person("administrator", other.pk), person("viewer")
    Membership.objects.create(person=both, organisation=other, role="administrator")
    home.give_groups_back(apps, SimpleNamespace(connection=connection))
    groups = {row: set(row.groups.values_list("name", flat=True)) for row in (ours, theirs, both)}
    assert groups == {ours: {"planner"}, theirs: set(), both: {"viewer"}}


@pytest.mark.django_db(transaction=True)
def test_the_highest_of_somebodys_groups_becomes_their_role():
    Membership.objects.all().delete()
    people = [Person.objects.create_user(f"p{number}") for number in range(3)]
    for person, names in zip(people, (("viewer", "planner"), ("administrator",), ()), strict=True):
        person.groups.set([Group.objects.get_or_create(name=name)[0] for name in names])
    with lowered():  # PostgreSQL looks there for rows of it, which takes a right that nobody has
        Organisation.objects.filter(pk=HOME_PK).delete()
    home.make_home(apps, SimpleNamespace(connection=connection))
    assert dict(Membership.objects.values_list("person", "role")) == {
        people[0].pk: "planner",
        people[1].pk: "administrator",
    }
    assert not Group.objects.filter(user__in=people).exists()
