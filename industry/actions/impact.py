"""Which workloads, jobs and vehicles suffer when sites do: by the access of their factory, or by their edge node."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from industry.models import OPEN_STATES, Factory, Job, Vehicle, Workload
from network.actions.impact.impact import ORDER, Affected, How, Scope
from network.actions.topology import path
from network.models import EdgeNode, Site
from network.models.subject import place_at

WORKLOADS, WORKLOADS_RIGHT = "workloads", "industry.view_factory"
JOBS, JOBS_RIGHT = "jobs", "industry.view_job"
VEHICLES, VEHICLES_RIGHT = "vehicles", "industry.view_factory"
MOST_FACTORIES = 1_000
MOST_JOBS = 5_000
MOST_VEHICLES = 5_000
IN_USE = timedelta(hours=1)
"""A vehicle heard of since is in use: what its network lost it by may keep it silent meanwhile."""
At = tuple[How, str]
_OF_JOBS = (
    "pk", "version__model__title_en", "version__model__title_zh", "node_slug", "organisation",
    "factory__slug", "organisation__name_en", "organisation__name_zh",
)  # fmt: skip


def workloads(scope: Scope, now: datetime) -> Iterator[Affected]:
    """Yield the workloads whose factory enters the network at a site that is concerned, or whose edge node is there.

    The edge node is the one that ran the newest job of the workload; before the first job there is none.
    """
    sites = _with_slugs(scope)
    if not sites:
        return
    nodes, newest = _nodes(), _newest_nodes()
    factories = list(
        Factory.objects.order_by("slug")
        .select_related("organisation")
        .prefetch_related("workloads__model")[:MOST_FACTORIES]
    )
    for factory, site_id in zip(factories, _entered(factories), strict=True):
        access = sites.get(site_id or 0)
        for workload in factory.workloads.all():
            if workload.enabled and (cause := _worse(access, sites.get(nodes.get(newest.get(workload.pk, ""), 0)))):
                yield _workload(workload, factory, cause)


def _workload(workload: Workload, factory: Factory, cause: At) -> Affected:
    owner, model = factory.organisation, workload.model
    return Affected(
        f"{factory.slug}~{model.name}",
        f"{factory.name_en}: {model.title_en}",
        owner.name_en,
        *cause,
        f"/api/v1/factories/{factory.slug}",
        organisation=factory.owner_pk,
        page=f"/industry/factories/{factory.slug}",
        place=place_at(factory.lat_deg, factory.lon_deg),
        name_zh=f"{factory.name_zh}: {model.title_zh}",
        tenant_zh=owner.name_zh,
    )


def jobs(scope: Scope, now: datetime) -> Iterator[Affected]:
    """Yield the jobs that wait or run on an edge node at a site that is concerned."""
    sites, nodes = _with_slugs(scope), _nodes()
    here = {slug: sites[pk] for slug, pk in nodes.items() if pk in sites}
    if not here:
        return
    rows = Job.objects.filter(state__in=OPEN_STATES, node_slug__in=here).order_by("-created_at")
    for pk, en, zh, node, owner, factory, tenant, tenant_zh in rows.values_list(*_OF_JOBS)[:MOST_JOBS]:
        href, page = f"/api/v1/jobs/{pk}", f"/industry/factories/{factory}" if factory else "/industry"
        yield Affected(
            str(pk), en, tenant or "", *here[node], href, organisation=owner, page=page, name_zh=zh,
            tenant_zh=tenant_zh or "",
        )  # fmt: skip


def vehicles(scope: Scope, now: datetime) -> Iterator[Affected]:
    """Yield the vehicles in use whose factory enters the network at a site that is concerned."""
    sites = _with_slugs(scope)
    if not sites:
        return
    heard = Vehicle.objects.filter(received_at__gte=now - IN_USE).select_related("factory__organisation")
    rows = list(heard.order_by("pk")[:MOST_VEHICLES])
    factories = list({row.factory_id: row.factory for row in rows}.values())
    access = dict(zip([factory.pk for factory in factories], _entered(factories), strict=True))
    for row in rows:
        if cause := sites.get(access[row.factory_id] or 0):
            yield _vehicle(row, cause)


def _vehicle(row: Vehicle, cause: At) -> Affected:
    factory, owner = row.factory, row.factory.organisation
    return Affected(
        f"{factory.slug}~{row.manufacturer}~{row.serial}",
        str(row),
        owner.name_en,
        *cause,
        f"/api/v1/factories/{factory.slug}",
        organisation=factory.owner_pk,
        page=f"/industry/factories/{factory.slug}",
        place=f"/map?vehicle={row.pk}",
        tenant_zh=owner.name_zh,
    )


def _entered(factories: Sequence[Factory]) -> list[int | None]:
    """Return the site at which each factory enters the network, by primary key."""
    return path.access_sites([(factory.lat_deg, factory.lon_deg, factory.by_radio) for factory in factories])


def _with_slugs(scope: Scope) -> dict[int, At]:
    suffering = scope.suffering
    slugs = Site.objects.filter(pk__in=suffering).values_list("pk", "slug")
    return {pk: (suffering[pk], slug) for pk, slug in slugs}


def _nodes() -> dict[str, int]:
    return dict(EdgeNode.objects.values_list("slug", "site_id"))


def _newest_nodes() -> dict[int, str]:
    """Return on which edge node the newest job of every workload ran that had one."""
    newest = Job.objects.filter(workload=OuterRef("pk")).exclude(node_slug="").order_by("-created_at")
    rows = Workload.objects.annotate(node=Subquery(newest.values("node_slug")[:1]))
    return dict(rows.exclude(node=None).values_list("pk", "node"))


def _worse(mine: At | None, other: At | None) -> At | None:
    return min((at for at in (mine, other) if at), key=lambda at: ORDER[at[0]], default=None)
