"""Pages of industry. Their data comes over REST and the hub."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404

from console.views.pages import Page
from industry.models import Factory


class FactoriesPage(Page):
    """All factories."""

    right, place, template_name = "industry.view_factory", "industry", "industry/factories.html"
    names = ("organisation",)


class FactoryPage(Page):
    """One factory: machines, their risk, and the jobs behind it."""

    right, place, template_name = "industry.view_factory", "industry", "industry/factory.html"
    names = ("edge_node", "model")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the factory, so that the page has its heading before its data; say how long risks are kept."""
        factory = get_object_or_404(Factory.objects.visible_to(self.actor), slug=self.kwargs["slug"])
        may_delete, may_change = (
            self.may(right, factory.owner_pk) for right in ("industry.delete_machine", "industry.change_workload")
        )
        kept = timedelta(hours=settings.LOFT_READING_RETENTION_H)
        return super().get_context_data(
            factory=factory,
            risks_kept_s=int(kept.total_seconds()),
            may_delete=may_delete,
            may_change=may_change,
            **kwargs,
        )


class ModelsPage(Page):
    """The model catalogue."""

    right, place, template_name = "industry.view_model", "models", "industry/models.html"
