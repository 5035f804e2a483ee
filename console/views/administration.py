"""Administration over REST and as pages: API keys, people, the audit trail."""

from typing import Any, ClassVar

import django_filters
from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.access.roles import ROLE_WORDS, ROLES
from console.access.scopes import SCOPES, groups_for
from console.actions.access import apikey as key_actions
from console.actions.access import person as person_actions
from console.actions.access.organisation import organisations_for, owner_for, reach_of
from console.models import ApiKey, AuditEntry, Membership, Person
from console.models.access.person import PersonQuerySet
from console.rest import parse
from console.rest.lists import ListView
from console.rest.permissions import find, visible
from console.serializers.apikey import ApiKeySerializer, CreatedApiKeySerializer, NewApiKeySerializer
from console.serializers.audit import AuditEntrySerializer
from console.serializers.person import (
    ChangedPersonSerializer,
    CreatedPersonSerializer,
    NewPersonSerializer,
    PersonSerializer,
)
from console.views.pages import Page


class KeysPage(Page):
    """API keys of drone and factory systems."""

    right, place, template_name = "console.view_apikey", "administration", "console/keys.html"
    names = ("organisation",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the scopes that a key may be given in one of the organisations offered."""
        choices = organisations_for(self.actor, "console.add_apikey")
        scopes = groups_for(runs_the_network=any(organisation.role("key").acts_on_all for organisation in choices))
        may_add, reach = self.actor.may_make("console.add_apikey"), reach_of(self.actor, "console.change_apikey")
        return super().get_context_data(
            scopes=scopes,
            scope_words={name: str(words) for name, words in SCOPES.items()},
            choices=choices,
            acting_pk=self.actor.organisation,
            may_add=may_add,
            reach=reach,
            **kwargs,
        )


class PeoplePage(Page):
    """People and their roles."""

    right, place, template_name = "console.manage_people", "administration", "console/people.html"
    names = ("organisation",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the roles there are."""
        choices = organisations_for(self.actor, self.right)
        may_add, reach = self.actor.may_make(self.right), reach_of(self.actor, self.right)
        return super().get_context_data(
            roles=ROLE_WORDS, choices=choices, acting_pk=self.actor.organisation, may_add=may_add, reach=reach, **kwargs
        )


class AuditPage(Page):
    """Who changed what."""

    right, place, template_name = "console.view_audit", "administration", "console/audit.html"
    names = ("organisation",)


class KeyListView(ListView):
    """API keys: list and make."""

    queryset = ApiKey.objects.select_related("created_by", "organisation")
    serializer_class = ApiKeySerializer
    filterset_fields = {"name": ["icontains"], "prefix": ["exact"], "revoked_at": ["isnull"]}
    rights = {"GET": "console.view_apikey", "POST": "console.add_apikey"}

    @extend_schema(request=NewApiKeySerializer, responses={201: CreatedApiKeySerializer})
    def post(self, request: Request) -> Response:
        """Make a key. The answer holds its token, which cannot be had again."""
        wanted = parse.fields(request, NewApiKeySerializer)
        owner = owner_for(actor_of(request), wanted.pop("organisation"), self.rights["POST"])
        key, token = key_actions.create_key(owner, now=timezone.now(), **wanted)
        return Response({**ApiKeySerializer(key).data, "token": token}, status=201)


class KeyRevokeView(APIView):
    """End a key."""

    rights = {"POST": "console.change_apikey"}

    @extend_schema(request=None, responses=ApiKeySerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Revoke a key, at once and everywhere."""
        key = key_actions.revoke_key(
            actor_of(request), find(ApiKey.objects.all(), request, self, pk=pk), timezone.now()
        )
        return Response(ApiKeySerializer(key).data)


class PeopleFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What people can be narrowed by."""

    memberships__role = django_filters.ChoiceFilter(choices=[(role, role) for role in ROLES], method="by_role")

    class Meta:
        model = Person
        fields: ClassVar = {"username": ["icontains"], "is_active": ["exact"]}

    def by_role(self, people: PersonQuerySet, _name: str, role: str) -> PersonQuerySet:
        """Narrow to those with a role in an organisation that the caller may see."""
        return people.with_role(role, actor_of(self.request))


class PeopleListView(ListView):
    """People: list and add."""

    queryset = Person.objects.order_by("username")
    serializer_class = PersonSerializer
    filterset_class = PeopleFilter
    ordering_fields = ["username", "last_login", "is_active"]
    rights = {"GET": "console.manage_people", "POST": "console.manage_people"}

    def get_queryset(self) -> PersonQuerySet:
        """Return the people with what the caller may know of them."""
        people: PersonQuerySet = Person.objects.order_by("username").seen_by(actor_of(self.request))
        return people

    @extend_schema(request=NewPersonSerializer, responses={201: CreatedPersonSerializer})
    def post(self, request: Request) -> Response:
        """Add a person. The answer holds their first password, which cannot be had again."""
        wanted = parse.fields(request, NewPersonSerializer)
        owner = owner_for(actor_of(request), wanted.pop("organisation"), self.rights["POST"])
        person, password = person_actions.add_person(owner, now=timezone.now(), **wanted)
        return Response({**as_seen(person, request), "password": password}, status=201)


class PersonView(generics.GenericAPIView[Person]):
    """One person."""

    queryset = Person.objects.all()
    serializer_class = ChangedPersonSerializer
    rights = {"PATCH": "console.manage_people"}

    @extend_schema(request=ChangedPersonSerializer, responses=PersonSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change a person's role or let them in or keep them out."""
        wanted = parse.fields(request, ChangedPersonSerializer)
        person = person_actions.change_person(
            actor_of(request), find(Person.objects.all(), request, self, pk=pk), timezone.now(), **wanted
        )
        return Response(as_seen(person, request))


class AuditListView(ListView):
    """The audit trail, newest first."""

    queryset = AuditEntry.objects.all()
    serializer_class = AuditEntrySerializer
    filterset_fields = {
        "actor": ["exact", "icontains"],
        "verb": ["exact", "icontains"],
        "subject": ["icontains"],
        "at": ["gte", "lt"],
    }
    ordering_fields = ["at", "actor", "verb", "subject"]
    rights = {"GET": "console.view_audit"}
    scopes = {"GET": "audit:read"}


def seen_memberships(request: Request) -> "Prefetch[Any]":
    """Return what fetches memberships of organisations that the caller may see: the others are nobody's business."""
    return Prefetch("memberships", visible(Membership.objects.select_related("organisation"), request))


def as_seen(person: Person, request: Request) -> dict[str, Any]:
    """Return a person as the caller may see them."""
    prefetch_related_objects([person], seen_memberships(request))
    return dict(PersonSerializer(person).data)
