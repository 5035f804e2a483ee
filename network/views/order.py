"""REST: what documents of every kind have in common: asked for, looked at, downloaded."""

from pathlib import PurePath
from typing import Any, ClassVar
from uuid import UUID

from django.http import FileResponse, Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from console.rest.lists import ListView
from console.rest.permissions import find
from network.actions.documents import store
from network.actions.documents.order import OrderKind
from network.actions.evidence import html
from network.models import Order, OrderState


class OrderListView(ListView):
    """Base of the lists of a kind of document. Say `ask` beside what every list says."""

    def ask(self, request: Request) -> Order:
        """Read what is wanted and ask for it; return the order."""
        raise NotImplementedError

    def post(self, request: Request) -> Response:
        """Answer 202 with the document as it stands; it is made by a worker."""
        return Response(self.get_serializer_class()(self.ask(request)).data, status=202)


class OrderView(APIView):
    """Base of one document as it stands. Say its `kind` and `serializer_class`."""

    kind: ClassVar[OrderKind[Any]]
    serializer_class: ClassVar[type[BaseSerializer[Any]]]

    def get(self, request: Request, uuid: UUID) -> Response:
        """Answer with state, sizes and where its files are."""
        return Response(self.serializer_class(find(self.kind.rows(), request, self, uuid=uuid)).data)


class OrderFileView(APIView):
    """Base of a document's files: as downloads; 404 until it is ready. Say its `kind`, which file and of what type."""

    kind: ClassVar[OrderKind[Any]]
    name: ClassVar[str]
    content_type: ClassVar[str]

    def title(self, order: Any) -> str:
        """Return what the file is called once it is kept, without its ending."""
        raise NotImplementedError

    def get(self, request: Request, uuid: UUID) -> FileResponse:
        """Answer with the file as a download. Opened all the same, it may reach nothing of ours and no network."""
        order: Order = find(self.kind.rows(), request, self, uuid=uuid)
        if order.state != OrderState.READY or order.claim is None:
            raise Http404(f"the {self.kind.noun} is {order.state}")
        try:
            file = store.path_of(order.claim, self.name, self.kind.folder).open("rb")
        except FileNotFoundError:
            raise Http404("the file is gone") from None
        name = self.title(order) + PurePath(self.name).suffix
        answer = FileResponse(file, as_attachment=True, filename=name, content_type=self.content_type)
        answer["Content-Security-Policy"] = f"sandbox allow-scripts; {html.POLICY}"
        answer["ETag"] = f'"{getattr(order, order.fields_of("sha256")[self.name])}"'
        answer["Cache-Control"] = "private, max-age=0, must-revalidate"
        return answer
