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

TEXTS = {
    "factory_silent": FACTORY,
    "worker_away": JOBS,
    "jobs_waiting": JOBS,
    "jobs_failing": JOBS,
}
runbook.register(TEXTS)
