"""The models that Loft can run, version by version."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from console.access.actor import Actor
from console.models import Owned, ScopedQuerySet


class ModelQuerySet(ScopedQuerySet["Model"]):
    """Models of an organisation, and those that everyone may call."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the models that the actor may see; who may call them is `request_inference`'s to say."""
        if actor.sees is None:
            return self
        return self.filter(Q(is_for_all=True) | Q(organisation__in=actor.sees))


class ModelVersionQuerySet(ScopedQuerySet["ModelVersion"]):
    """Versions of such models."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the versions of the models that the actor may see."""
        if actor.sees is None:
            return self
        return self.filter(Q(model__is_for_all=True) | Q(model__organisation__in=actor.sees))


class Model(Owned):
    """A model by name. Its newest version is the one that jobs run; `is_for_all` says that everyone may call it."""

    name = models.SlugField(max_length=60, unique=True)
    title_en = models.CharField(max_length=120)
    title_zh = models.CharField(max_length=120)
    is_for_all = models.BooleanField(default=False)
    open_to_all: ClassVar[dict[str, tuple[object, ...]]] = {"is_for_all": (True,)}

    objects = ModelQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def newest(self) -> "ModelVersion | None":
        """Return the version that jobs run, None when no version is registered."""
        return self.versions.order_by("-number").first()


class ModelVersion(models.Model):
    """One trained model. The file lies in the catalogue; the row holds what it must hash to and its card."""

    model = models.ForeignKey(Model, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    card: "models.JSONField[Any]" = models.JSONField()
    registered_at = models.DateTimeField()

    owner_path: ClassVar[str] = "model__organisation"
    open_to_all: ClassVar[dict[str, tuple[object, ...]]] = {"model__is_for_all": (True,)}
    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["model", "-number"]
        constraints = [models.UniqueConstraint(fields=["model", "number"], name="one_row_per_model_version")]

    def __str__(self) -> str:
        return f"{self.model.name} {self.number}"

    @property
    def threshold(self) -> float:
        """Risk from which the model says that a machine fails, 0 to 1."""
        return float(self.card["threshold"])
