"""What to do about each problem of the network and of Loft, as long as nobody has written anything better."""

from django.utils.translation import gettext_noop

from network.models import AlarmType

SILENT_SITE = gettext_noop(
    "Look at the page of the site: power, equipment, and what was pushed or changed last.\n"
    "See on the map whether its neighbours answer. If several are silent, work on the root cause first.\n"
    "Tell those who are affected, and send somebody where it cannot be restarted from here."
)
CUT = gettext_noop(
    "Ask whoever runs the line whether work is under way on it, and open a fault with them.\n"
    "See who is cut off and who has another way, and what the next failure would take.\n"
    "Tell those who are affected. Announce maintenance for the time of the repair."
)
REDUNDANCY = gettext_noop(
    "The sites that it names are connected still. See in it what would fall next, and how many key sites with that.\n"
    "Ask whoever runs the failed link or site when it is back, and have it mended before anything else in this ring.\n"
    "Begin no work on the links that are left, and put off what is planned on them."
)
CIRCLE = gettext_noop(
    "See on the map which way leads to the site now, and what failed on the shorter one.\n"
    "Move work with tight deadlines to computing that is nearer by the way that is left.\n"
    "Tell those who were promised answers within the circle."
)
SLOW = gettext_noop(
    "Compare with the neighbours: if all behind one link are slow, the link is the cause.\n"
    "Look at the load of the link and the site, and at what was changed last.\n"
    "Move load away or take the change back, first of what has tight deadlines."
)
LOSSY = gettext_noop(
    "See in which direction packets are lost, and whether neighbours lose some, too.\n"
    "Look for a full link, a bad connector or a radio hop in bad weather.\n"
    "Take the bad way out of use where there is another."
)
BUDGET = gettext_noop(
    "Look at the page of the agreement: what was bad, when, and for how long.\n"
    "Find the fault that uses the budget up, and mend it before anything is changed for other reasons.\n"
    "Tell the customer how much is left and what is done."
)
WARM = gettext_noop(
    "Look at the course of the temperature, and at the weather.\n"
    "Lower the load or let sectors sleep until somebody has looked at fan and filter."
)
ASLEEP = gettext_noop(
    "Compare with the same hour of earlier days: nobody may simply be there.\n"
    "Restart the sector in a quiet hour, and see whether devices come back."
)
FULL_RADIO = gettext_noop(
    "See what takes the most, and whether it is an event or lasts.\n"
    "Move load to neighbours or to another edge node. Where it lasts, plan more capacity."
)
COUNTERS = gettext_noop(
    "The service may be well: probes still tell whether the site answers.\n"
    "See whether the management interface answers, and whether its address or key was changed."
)
CLOCK = gettext_noop(
    "See whether the clock follows its time server.\n"
    "Set it right slowly. What was measured across a step is unknown and stays so."
)
STORE = gettext_noop(
    "See what grows, and how long the room lasts at this rate.\n"
    "Make room or shorten how long things are kept, before new work is refused."
)
PLATFORM = gettext_noop(
    "Look at the processes and their logs on the host of Loft.\n"
    "What was not measured meanwhile is unknown: look at the map itself before you believe it.\n"
    "Restart what does not come back by itself."
)
PROBER = gettext_noop(
    "Nothing is known of the sites while this lasts: it is no proof that they are down.\n"
    "See whether the host of the probe has load or lost its way to the network.\n"
    "Check address, port and secret where the settings cannot be used."
)
ORDERED = gettext_noop(
    "Read the reason on the page of what was ordered.\n"
    "Mend what it names and order it again. Before settings are pushed again, read what the site has in force."
)
NOTICES = gettext_noop(
    "Somebody may wait for these notices: tell them by another way.\n"
    "See what the receiver answers, mend the channel, and send again what was given up."
)

TEXTS = {
    "availability_breached": SILENT_SITE,
    "site_failed": SILENT_SITE,
    "link_cut": CUT,
    "link_cut_or_site_failed": CUT,
    "redundancy_lost": REDUNDANCY,
    "circle_left": CIRCLE,
    "rtt_p99_breached": SLOW,
    "jitter_budget_burns": SLOW,
    "rtt_p99_budget_burns": SLOW,
    "slow_behind": SLOW,
    "loss_share_breached": LOSSY,
    "loss_share_budget_burns": LOSSY,
    "availability_budget_burns": BUDGET,
    "availability_budget_used_up": BUDGET,
    "coverage_budget_burns": BUDGET,
    "coverage_budget_used_up": BUDGET,
    "deadline_budget_burns": BUDGET,
    "deadline_budget_used_up": BUDGET,
    "jitter_budget_used_up": BUDGET,
    "loss_share_budget_used_up": BUDGET,
    "rtt_p99_budget_used_up": BUDGET,
    "cabinet_hot": WARM,
    "cell_sleeping": ASLEEP,
    "radio_overloaded": FULL_RADIO,
    "edge_queue_long": FULL_RADIO,
    "counters_silent": COUNTERS,
    "counters_interface_away": COUNTERS,
    "clock_wrong": CLOCK,
    "clock_stepped": CLOCK,
    "retention_held": CLOCK,
    "disk_full": STORE,
    "redis_full": STORE,
    "redis_refuses": STORE,
    "redis_away": PLATFORM,
    "database_was_away": PLATFORM,
    "health_checks_overdue": PLATFORM,
    "process_down": PLATFORM,
    "prober_silent": PROBER,
    "prober_slow": PROBER,
    "prober_unanswered": PROBER,
    "probe_settings_unusable": PROBER,
    "report_failed": ORDERED,
    "evidence_failed": ORDERED,
    "plan_failed": ORDERED,
    "settings_refused": ORDERED,
    "settings_lost": ORDERED,
    "notices_undelivered": NOTICES,
}
BY_TYPE = {
    AlarmType.COMMUNICATIONS: gettext_noop(
        "See where the connection ends: at the subject, on the way, or at Loft.\n"
        "Tell those who are affected, and ask whoever runs the part that fails."
    ),
    AlarmType.QUALITY_OF_SERVICE: gettext_noop(
        "Compare with the hours before and with neighbours, and look at what was changed last.\n"
        "Take the change back or move load away."
    ),
    AlarmType.PROCESSING: gettext_noop(
        "Read the reason in the alarm and in the log of the process.\n"
        "Mend what it names, and restart what does not come back by itself."
    ),
    AlarmType.EQUIPMENT: gettext_noop(
        "Look at the equipment's own messages and at its power.\n"
        "Send somebody with spare parts where it cannot be restarted from here."
    ),
    AlarmType.ENVIRONMENTAL: gettext_noop(
        "See whether it is the surroundings or a device of the site.\nLower the load until somebody has looked."
    ),
}
"""Of a problem that has no text of its own, by its type of X.733."""
