"""The one way in: query and body of a request become a value, or a 400 that names field, value and what was expected.

A view calls `query` or `body` with a shape that says which type it makes, and `fields` where the values of a row are
handed on as they came.
"""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer, Serializer

Value = TypeVar("Value")
Shape = TypeVar("Shape", bound=BaseSerializer[Any])


class Unfit(ValidationError):  # noqa: N818  it reads as what was given is
    """What was given does not fit its shape. The answer names the values in it, wherever in the request it stood."""

    def __init__(self, errors: Any, given: Any) -> None:
        super().__init__(errors)
        self.given = given


class Typed(Serializer[Value]):
    """Fields that make up one value. Say `makes`, which takes them by their names, or override `made`."""

    makes: ClassVar[Callable[..., Any]]

    def made(self) -> Value:
        """Return the value; called once the fields are known to hold what they must."""
        made: Value = type(self).makes(**self.validated_data)
        return made


def query(request: Request, shape: type[Typed[Value]]) -> Value:
    """Return what the query asks for.

    Raises:
        Unfit: it does not fit its shape.
    """
    return _valid(shape, request, request.query_params).made()


def body(request: Request, shape: type[Typed[Value]]) -> Value:
    """Return what the body says.

    Raises:
        Unfit: it does not fit its shape.
    """
    return _valid(shape, request, request.data).made()


def value(request: Request, shape: type[Typed[Value]], given: Any) -> Value:
    """Return what a part of the request says that the view picked out by itself.

    Raises:
        Unfit: it does not fit its shape.
    """
    return _valid(shape, request, given).made()


def fields(request: Request, shape: type[BaseSerializer[Any]], row: Any = None) -> dict[str, Any]:
    """Return what the body says of a row, field by field; of a row that exists only what was sent.

    Raises:
        Unfit: it does not fit its shape.
    """
    return dict(_valid(shape, request, request.data, row).validated_data)


def query_fields(request: Request, shape: type[BaseSerializer[Any]]) -> dict[str, Any]:
    """Return what the query says, field by field: of many that may be left out only those that are there.

    Raises:
        Unfit: it does not fit its shape.
    """
    return dict(_valid(shape, request, request.query_params).validated_data)


def _valid(shape: type[Shape], request: Request, given: Any, row: Any = None) -> Shape:
    sent = shape(row, data=given, partial=row is not None, context={"request": request})
    if not sent.is_valid():
        raise Unfit(sent.errors, given)
    return sent
