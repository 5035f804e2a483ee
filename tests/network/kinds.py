"""Kinds of subject as tests need them: made up, and without those of other apps."""

from collections.abc import Callable, Iterable
from typing import Any

from network.models import subject
from network.models.subject import Name, Subject


def kind_of(code: str, **fields: Any) -> Subject:
    """Return a kind that says this: texts and flags as they are, methods as functions without `self`."""
    methods = {name: _method(value) for name, value in fields.items() if callable(value) and name in vars(Subject)}
    words = {"code": code, "label": code.title(), "many": Name(f"{code}s", f"{code}们")}
    return type("Made", (Subject,), {**words, **fields, **methods})()


def only_affected(monkeypatch, *kinds: Subject) -> None:
    """Let failures affect these kinds and no others."""
    known = {this_subject.code: this_subject for this_subject in subject.registered() if not this_subject.group}
    monkeypatch.setattr(subject, "_registered", {**known, **{kind.code: kind for kind in kinds}})


def group(name: str, right: str, affected: Callable[..., Iterable], **fields: Any) -> Subject:
    """Return a kind whose affected ones are called so."""
    return kind_of(name.removesuffix("s"), group=name, right=right, affected=affected, **fields)


def _method(function: Callable) -> Callable:
    return lambda _self, *given: function(*given)
