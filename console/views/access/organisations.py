"""Organisations and their members over REST."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.access.roles import ROLE_WORDS
from console.actions.access import organisation as actions
from console.models import Membership, Organisation, OrganisationKind, Person
from console.rest import parse
from console.rest.lists import ListView
from console.rest.permissions import find
from console.serializers.organisation import (
    MemberSerializer,
    OrganisationChangeSerializer,
    OrganisationSerializer,
    RequiresTotpSerializer,
    RoleSerializer,
)
from console.views.pages import Page


class OrganisationsPage(Page):
    """Organisations and who belongs to them."""

    right, place, template_name = "console.view_organisation", "administration", "console/organisations.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the kinds and roles there are."""
        may_add = actions.reach_of(self.actor, "console.add_organisation") == ["*"]
        reach = actions.reach_of(self.actor, "console.manage_people")
        return super().get_context_data(
            kinds=OrganisationKind.choices, roles=ROLE_WORDS, may_add=may_add, reach=reach, **kwargs
        )


class OrganisationListView(ListView):
    """Organisations: list, and add by those who run the network."""

    queryset = Organisation.objects.all()
    serializer_class = OrganisationSerializer
    filterset_fields = {"slug": ["exact", "icontains"], "is_active": ["exact"]}
    ordering_fields = ["slug", "name_en", "name_zh", "made_at"]
    rights = {"GET": "console.view_organisation", "POST": "console.add_organisation"}

    @extend_schema(request=OrganisationSerializer, responses={201: OrganisationSerializer})
    def post(self, request: Request) -> Response:
        """Add an organisation."""
        wanted = parse.fields(request, OrganisationSerializer)
        made = actions.add_organisation(actor_of(request), now=timezone.now(), **wanted)
        return Response(OrganisationSerializer(made).data, status=201)


class OrganisationView(APIView):
    """One organisation."""

    rights = {"GET": "console.view_organisation", "PATCH": "console.change_organisation"}

    @extend_schema(responses=OrganisationSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Return an organisation."""
        return Response(OrganisationSerializer(self._organisation(request, slug)).data)

    @extend_schema(request=OrganisationChangeSerializer(partial=True), responses=OrganisationSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        """Change its names or kinds, or end it: then its people and keys may nothing any more."""
        organisation = self._organisation(request, slug)
        wanted = parse.fields(request, OrganisationChangeSerializer, organisation)
        changed = actions.change_organisation(actor_of(request), organisation, timezone.now(), **wanted)
        return Response(OrganisationSerializer(changed).data)

    def _organisation(self, request: Request, slug: str) -> Organisation:
        return find(Organisation.objects.all(), request, self, slug=slug)


class OrganisationTotpView(APIView):
    """Whether an organisation demands codes of its people."""

    rights = {"PUT": "console.manage_people"}

    @extend_schema(request=RequiresTotpSerializer, responses=OrganisationSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Demand codes of its people, or no more. Who has none yet can do nothing before they have set them up."""
        organisation = find(Organisation.objects.all(), request, self, slug=slug)
        is_required = parse.body(request, RequiresTotpSerializer)
        changed = actions.require_totp(actor_of(request), organisation, timezone.now(), is_required=is_required)
        return Response(OrganisationSerializer(changed).data)


class MemberListView(ListView):
    """Who belongs to which organisation, in which role."""

    queryset = Membership.objects.select_related("person", "organisation").order_by("person__username")
    serializer_class = MemberSerializer
    filterset_fields = {"organisation__slug": ["exact"], "role": ["exact"], "person__username": ["exact", "icontains"]}
    ordering_fields = ["person__username", "organisation__slug", "role"]
    rights = {"GET": "console.manage_people"}


class MemberView(APIView):
    """A person's role in an organisation."""

    rights = {"PUT": "console.manage_people", "DELETE": "console.manage_people"}

    @extend_schema(request=RoleSerializer, responses=MemberSerializer)
    def put(self, request: Request, slug: str, username: str) -> Response:
        """Give a person a role. Who is in none of your organisations can be added by those who run the network only."""
        organisation = find(Organisation.objects.all(), request, self, slug=slug)
        role = parse.body(request, RoleSerializer)
        person = find(Person.objects.filter(is_active=True), request, self, username=username)
        actions.set_member(actor_of(request), organisation, person, role, timezone.now())
        return Response(MemberSerializer(organisation.memberships.select_related("person").get(person=person)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, username: str) -> Response:
        """Let a person belong to the organisation no more."""
        organisation = find(Organisation.objects.all(), request, self, slug=slug)
        membership = find(organisation.memberships.all(), request, self, person__username=username)
        actions.set_member(actor_of(request), organisation, membership.person, None, timezone.now())
        return Response(status=204)
