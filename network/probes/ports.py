"""What a site tells of its ports: which neighbour each leads to, and whether the signal from there comes in.

States are those of ITU-T G.7710: `loss_of_signal` (nothing comes in), `degraded` (what comes in is errored), and
`remote_off`, where the neighbour said with its last light that it loses its power (dying gasp: IEEE 802.3 clause 57).
"""

from typing import Any

from network.probes.checked import finite, line

STATES = ("up", "degraded", "loss_of_signal", "remote_off")
MOST_PORTS = 256
MOST_S = 1e9
Json = dict[str, Any]


def read(raw: Any) -> list[Json] | None:
    """Return what a site told of its ports, checked; None where it tells nothing of them.

    Raises:
        ValueError: a field is wrong; the message names it.
    """
    if raw is None:
        return None
    if not isinstance(raw, list) or len(raw) > MOST_PORTS:
        raise ValueError(f"ports: expected a list of at most {MOST_PORTS}")
    return [_port(port) for port in raw]


def _port(raw: Any) -> Json:
    if not isinstance(raw, dict):
        raise ValueError("ports: expected objects")  # noqa: TRY004  as all others
    if raw.get("state") not in STATES:
        raise ValueError(f"ports.state: {str(raw.get('state'))[:40]} given; expected one of {', '.join(STATES)}")
    for_s = raw.get("for_s")
    return {
        "to": line(raw, "to"),
        "state": raw["state"],
        "errored_share": finite("ports.errored_share", raw.get("errored_share", 0.0), 0.0, 1.0),
        "for_s": None if for_s is None else finite("ports.for_s", for_s, 0.0, MOST_S),
    }
