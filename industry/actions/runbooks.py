"""What to do about each problem of industry, as long as nobody has written anything better."""

from django.utils.translation import gettext_noop

from network.actions.alarms import runbook

FACTORY = gettext_noop(
    "See whether the site by which the factory enters the network answers.\n"
    "Call the factory: is it closed, or has its gateway stopped?\n"
    "Until readings come again nothing is known of its machines."
)
JOBS = gettext_noop(
    "See whether the edge node answers, and read the reason of the jobs that failed.\n"
    "Restart its worker, or let the workloads run on another edge node.\n"
    "Tell factories whose answers come late."
)
MACHINE = gettext_noop(
    "See which readings drive the risk, and since when it rises.\n"
    "Call the factory: can it stop the machine at the end of the shift, and is a spare part there?\n"
    "Leave the alarm open until the machine was looked at."
)
LATE = gettext_noop(
    "See where the time goes: on the way to the edge node, in its queue, or in the model.\n"
    "Let the workload run on another edge node, or take load off the present one.\n"
    "Tell the factory that its answers come late."
)

TEXTS = {
    "factory_silent": FACTORY,
    "machine_at_risk": MACHINE,
    "deadlines_missed": LATE,
    "worker_away": JOBS,
    "jobs_waiting": JOBS,
    "jobs_failing": JOBS,
}
runbook.register(TEXTS)
