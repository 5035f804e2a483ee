"""What the demo metropolis promises: round trips and availability of sites, two slices, and some fibres."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from console.access.actor import HOME_PK
from console.models import Organisation
from network.actions.inventory.kinds import link_key
from network.actions.service_levels.agreements import chinese_name
from network.kernels.sla.sla import Metric
from network.models import RADIO_KINDS, Agreement, Link, PeriodKind, Region, Site, SiteKind, Slice, SubjectKind

RTT_OBJECTIVE_MS = {SiteKind.MACRO: 4.0, SiteKind.MICRO: 4.0, SiteKind.OPTICAL: 2.0, SiteKind.DATA_CENTRE: 2.0}
RTT_WINDOW_S, RTT_MIN_SAMPLES = 120, 100  # with fewer, a single slow packet would decide a 99th percentile
AVAILABILITY_OBJECTIVE, AVAILABILITY_WINDOW_S, AVAILABILITY_MIN_SAMPLES = 0.9, 30, 5
LOSS_OBJECTIVE, LOSS_WINDOW_S, LOSS_MIN_SAMPLES = 0.05, 20, 20  # two packets of thirty: one may be lost by chance
AVAILABILITY_TARGET = 0.999  # of the rounds of a month; over half a minute the objective is all that can be told
SLICES = [  # slug, name, Chinese name, SST (TS 23.501 table 5.15.2.2-1), SD, whose, kinds of its sites
    ("drone-control", "Drone control", "无人机控制", 2, "00A001", "lanwan-express", RADIO_KINDS),
    ("factory", "Factory", "工厂", 2, "00F001", "lanwan-industry", (SiteKind.OPTICAL,)),
]
SLICE_PROMISES: dict[str, list[tuple[Metric, float, float, PeriodKind]]] = {  # objective, target, period
    "drone-control": [
        (Metric.RTT_P99, 10.0, 0.999, PeriodKind.CALENDAR_MONTH),
        (Metric.AVAILABILITY, 0.999, 0.999, PeriodKind.CALENDAR_MONTH),
    ],
    "factory": [
        (Metric.RTT_P99, 2.0, 0.99, PeriodKind.ROLLING_7D),
        (Metric.JITTER, 1.0, 0.95, PeriodKind.ROLLING_7D),
        (Metric.LOSS_SHARE, 0.001, 0.999, PeriodKind.ROLLING_7D),
    ],
}
TAILS = 4  # fibres of so many stations; the rings of the access points are promised whole
LINK_TARGET = 0.999


def build(region: Region, now: datetime) -> None:
    """Make what is promised, once: a database that has a slice already is left as people changed it since."""
    if Slice.objects.exists():
        return
    sites = list(region.sites.order_by("pk"))
    Agreement.objects.bulk_create((agreement for site in sites for agreement in of_site(site)), ignore_conflicts=True)
    old = Agreement.objects.in_force().filter(kind=SubjectKind.SITE, region=region, metric=Metric.AVAILABILITY.value)
    old.filter(target_share=AVAILABILITY_OBJECTIVE).update(target_share=AVAILABILITY_TARGET)
    owners = _owners()
    for slug, name_en, name_zh, sst, sd, _, kinds in SLICES:
        made = Slice.objects.create(
            slug=slug, name_en=name_en, name_zh=name_zh, sst=sst, sd=sd, organisation_id=owners[slug], changed_at=now
        )
        made.sites.set([site for site in sites if site.kind in kinds])
    Agreement.objects.bulk_create(
        [*_of_slices(region, owners), *_of_links(region, _fibres(region))], ignore_conflicts=True
    )


def of_site(site: Site) -> Iterator[Agreement]:
    """Yield what is promised for a site."""
    kind = SiteKind(site.kind)
    if kind not in RTT_OBJECTIVE_MS:
        return
    about = {"kind": SubjectKind.SITE, "key": site.slug, "site": site, "region_id": site.region_id}
    yield Agreement(
        **about, name=f"{site.name_en} round trip", name_zh=chinese_name(site.name_zh, Metric.RTT_P99),
        metric=Metric.RTT_P99.value, objective=RTT_OBJECTIVE_MS[kind],
        window_s=RTT_WINDOW_S, min_samples=RTT_MIN_SAMPLES,
    )  # fmt: skip
    yield Agreement(
        **about, name=f"{site.name_en} packet loss", name_zh=chinese_name(site.name_zh, Metric.LOSS_SHARE),
        metric=Metric.LOSS_SHARE.value, objective=LOSS_OBJECTIVE,
        window_s=LOSS_WINDOW_S, min_samples=LOSS_MIN_SAMPLES,
    )  # fmt: skip
    yield Agreement(
        **about, name=f"{site.name_en} availability", name_zh=chinese_name(site.name_zh, Metric.AVAILABILITY),
        metric=Metric.AVAILABILITY.value,
        objective=AVAILABILITY_OBJECTIVE, target_share=AVAILABILITY_TARGET,
        window_s=AVAILABILITY_WINDOW_S, min_samples=AVAILABILITY_MIN_SAMPLES,
    )  # fmt: skip


def _owners() -> dict[str, int]:
    """Return who owns each slice: a customer of the demo, or those who run the network where there is none."""
    customers = dict(Organisation.objects.values_list("slug", "pk"))
    return {slug: customers.get(owner, HOME_PK) for slug, *_, owner, _ in SLICES}


def _of_slices(region: Region, owners: dict[str, int]) -> Iterator[Agreement]:
    for slug, name_en, name_zh, *_ in SLICES:
        for metric, objective, target_share, period in SLICE_PROMISES[slug]:
            yield Agreement(
                kind=SubjectKind.SLICE, key=slug, region=region, organisation_id=owners[slug],
                name=f"{name_en}: {metric.label}", name_zh=chinese_name(name_zh, metric),
                metric=metric.value, objective=objective, target_share=target_share, period=period,
            )  # fmt: skip


def _of_links(region: Region, links: Iterable[Link]) -> Iterator[Agreement]:
    for link in links:
        yield Agreement(
            kind=SubjectKind.LINK, key=link_key(link.a.slug, link.b.slug), region=region,
            name=f"Fibre {link.a.name_en} - {link.b.name_en}",
            name_zh=f"光纤 {link.a.name_zh} - {link.b.name_zh}", metric=Metric.AVAILABILITY.value,
            objective=LINK_TARGET, target_share=LINK_TARGET, period=PeriodKind.CALENDAR_MONTH,
        )  # fmt: skip


def _fibres(region: Region) -> list[Link]:
    """Return the rings' fibres, and those of the first stations."""
    within = Link.objects.select_related("a", "b").filter(a__region=region, b__region=region).order_by("pk")
    ring_kinds = (SiteKind.OPTICAL, SiteKind.DATA_CENTRE)
    rings = within.filter(a__kind__in=ring_kinds, b__kind__in=ring_kinds)
    tails = within.filter(a__kind__in=RADIO_KINDS)
    return [*rings, *tails[:TAILS]]
