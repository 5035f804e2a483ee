"""The map of a report: sites, links and corridors by how their agreements stood at the end of the reported time."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from network.actions.evidence.sheet import Dot, Key, Sheet, base, name_of
from network.actions.evidence.sheet import Line as Stroke
from network.actions.service_levels.report.figures import Line, Month
from network.actions.service_levels.report.words import STATES
from network.kernels.sla.sla import GRAVITY, State, worst
from network.models import Corridor, Link, Site

COLOURS = {State.MET: "#7f93a6", State.AT_RISK: "#e6c84d", State.BREACHED: "#ff5a52", State.UNKNOWN: "#93a3b3"}
MOST_LINKS = 4_000


def sheet_of(month: Month, language: str) -> Sheet:
    """Return the map of a month's states, in the language that is switched on."""
    states = {kind: _states(month.lines, kind) for kind in ("site", "link", "corridor")}
    sites = list(Site.objects.filter(region=month.region).order_by("slug"))
    return Sheet(
        language,
        _("Service levels of %(region)s, %(month)s")
        % {"region": name_of(month.region, language), "month": month.span.month},
        _("State of the agreements over the reported time; the gravest where there are several"),
        (),
        (),
        tuple(_legend(states)),
        _bounds(sites, month),
        None,
        (*_corridors(month, states["corridor"], language), *_links(month, states["link"], language)),
        tuple(_dots(sites, states["site"], language)),
        base(month.region),
    )


def _states(lines: Iterable[Line], kind: str) -> dict[str, State]:
    states_by_key: dict[str, list[State]] = {}
    for line in lines:
        if line.agreement.kind == kind:
            states_by_key.setdefault(line.agreement.key, []).append(State(line.state))
    return {key: worst(states) for key, states in states_by_key.items()}


def _legend(states: Mapping[str, Mapping[str, State]]) -> Iterable[Key]:
    shown = [state for of in states.values() for state in of.values()]
    for state in sorted(State, key=GRAVITY.__getitem__, reverse=True):
        count = shown.count(state)
        yield Key(COLOURS[state], f"{STATES[state]}: {count}", "ring" if state is State.UNKNOWN else "dot")


def _dots(sites: Iterable[Site], states: Mapping[str, State], language: str) -> Iterable[Dot]:
    promised = sorted((place for place in sites if place.slug in states), key=lambda place: GRAVITY[states[place.slug]])
    for site in promised:
        state = states[site.slug]
        name = f"{name_of(site, language)}: {STATES[state]}"
        size = 7 if state is State.BREACHED else 5
        yield Dot((site.lon_deg, site.lat_deg), COLOURS[state], size, name, is_ring=state is State.UNKNOWN)


def _links(month: Month, states: Mapping[str, State], language: str) -> Iterable[Stroke]:
    rows = Link.objects.filter(a__region=month.region).select_related("a", "b").order_by("pk") if states else ()
    for link in rows[:MOST_LINKS]:
        a, b = sorted((link.a, link.b), key=lambda site: site.slug)
        state = states.get(f"{a.slug}~{b.slug}")
        if state:
            name = f"{name_of(a, language)} - {name_of(b, language)}: {STATES[state]}"
            yield Stroke([[a.lon_deg, a.lat_deg], [b.lon_deg, b.lat_deg]], COLOURS[state], 2.0, name)


def _corridors(month: Month, states: Mapping[str, State], language: str) -> Iterable[Stroke]:
    for corridor in Corridor.objects.filter(region=month.region, slug__in=states).order_by("slug"):
        state = states[corridor.slug]
        yield Stroke(corridor.path_lon_lat_deg, COLOURS[state], 3.0, f"{name_of(corridor, language)}: {STATES[state]}")


def _bounds(sites: Iterable[Site], month: Month) -> tuple[float, float, float, float]:
    places = [(site.lon_deg, site.lat_deg) for site in sites] or [(month.region.lon_deg, month.region.lat_deg)]
    lon_deg, lat_deg = zip(*places, strict=True)
    margin = max(0.05 * max(max(lon_deg) - min(lon_deg), max(lat_deg) - min(lat_deg)), 0.01)
    return min(lon_deg) - margin, min(lat_deg) - margin, max(lon_deg) + margin, max(lat_deg) + margin
