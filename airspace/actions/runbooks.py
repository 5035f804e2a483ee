"""What to do about each problem of the airspace, as long as nobody has written anything better."""

from django.utils.translation import gettext_noop

from network.actions.alarms import runbook

EMERGENCY = gettext_noop(
    "Call the operator of the drone at once, and see on the map where it goes.\n"
    "Keep others away from it: warn those near by, close the corridor.\n"
    "Tell the emergency services where it would come down among people."
)
LINK_LOST = gettext_noop(
    "See where it was heard last and which site served it: is that site silent?\n"
    "Call the operator: has it landed, or does it fly home by itself?\n"
    "Keep its way home free until it is heard again or found."
)
LINK_BELOW = gettext_noop(
    "See which cell the alarm names: is it silent? Then its site comes first.\n"
    "Call the operator: fly higher, nearer to a cell, or back the way it came.\n"
    "Where it comes again at one place, hand the place to the planners."
)
IDENTITY = gettext_noop(
    "Find out who reports the serial, and by which key.\n"
    "Ask both owners. Revoke a key that reports what is not its own."
)
ENGINE = gettext_noop(
    "The picture of the air is old while this lasts: say so to those who rely on it.\n"
    "Look at the log of the engine and at the load of its host."
)

TEXTS = {
    "drone_emergency": EMERGENCY,
    "drone_link_lost": LINK_LOST,
    "control_link_below_need": LINK_BELOW,
    "remote_id_failing": IDENTITY,
    "drone_claimed": IDENTITY,
    "key_claims_drones": IDENTITY,
    "engine_silent": ENGINE,
    "engine_behind": ENGINE,
    "reports_put_aside": ENGINE,
}
runbook.register(TEXTS)
