"""REST of the search palette."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.actor import Actor
from console.access.authentication import acting_in, person_actor
from console.access.narrowing import narrow
from console.actions import search
from console.models import Person
from console.rest import parse
from console.rest.permissions import OWN
from console.serializers.search import FoundGroupSerializer, SearchQuerySerializer


class SearchView(APIView):
    """GET: everything that holds the words and that the person may see, by kind; at most six of each."""

    rights = {"GET": OWN}  # each source asks for a right of its own

    @extend_schema(parameters=[SearchQuerySerializer], responses=FoundGroupSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Answer with what was found; nothing of what the person lacks the right to see."""
        asked = parse.query(request, SearchQuerySerializer)
        person = request.user
        assert isinstance(person, Person)  # else it is refused: what is one's own needs somebody
        narrow(person.sees)

        def actor_by(right: str) -> Actor | None:
            address = request.META.get("REMOTE_ADDR") or None
            return person_actor(person, address, acting_in(request), right) if person.has_perm(right) else None

        found = search.search(asked.search, actor_by)
        groups = [{"code": source.code, "kind": source.label, "found": rows} for source, rows in found]
        return Response(FoundGroupSerializer(groups, many=True).data)
