"""The model catalogue over REST."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.rest.lists import ListView
from console.rest.permissions import find
from industry.models import Model
from industry.serializers.catalogue import ModelSerializer

MODELS = Model.objects.prefetch_related("versions").order_by("name")


class ModelListView(ListView):
    """Models with their cards."""

    queryset = MODELS
    serializer_class = ModelSerializer
    filterset_fields = {"name": ["exact", "icontains"]}
    ordering_fields = ["name"]
    rights = {"GET": "industry.view_model"}
    scopes = {"GET": "models:read"}


class ModelView(APIView):
    """One model."""

    rights = {"GET": "industry.view_model"}
    scopes = {"GET": "models:read"}

    @extend_schema(responses=ModelSerializer)
    def get(self, request: Request, name: str) -> Response:
        """Return the model with its versions and their cards."""
        return Response(ModelSerializer(find(MODELS, request, self, name=name)).data)
