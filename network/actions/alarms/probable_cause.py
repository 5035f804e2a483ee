"""Probable causes of ITU-T X.733 in words: what an operator reads in the place of the standard's code."""

from django.utils.translation import gettext, gettext_noop

WORDS = {
    "applicationSubsystemFailure": gettext_noop("A part of the software fails"),
    "communicationsSubsystemFailure": gettext_noop("The connection to it fails"),
    "configurationOrCustomisationError": gettext_noop("It is set up wrongly"),
    "congestion": gettext_noop("More is asked of it than it can do"),
    "corruptData": gettext_noop("Stored data are damaged"),
    "degradedSignal": gettext_noop("The radio signal is weaker than it has to be"),
    "duplicateInformation": gettext_noop("Two tell the same of one thing"),
    "equipmentMalfunction": gettext_noop("The equipment is faulty"),
    "lossOfRedundancy": gettext_noop("The way that stands in for another is gone"),
    "lossOfSignal": gettext_noop("Nothing is heard of it: power, equipment or connection has failed"),
    "outOfService": gettext_noop("It does not run"),
    "performanceDegraded": gettext_noop("It runs, and worse than it should"),
    "queueSizeExceeded": gettext_noop("More waits than is worked off"),
    "responseTimeExcessive": gettext_noop("Answers come later than they are due"),
    "softwareProgramError": gettext_noop("A fault of the software"),
    "storageCapacityProblem": gettext_noop("Room to store runs short"),
    "temperatureUnacceptable": gettext_noop("It is too warm or too cold"),
    "thresholdCrossed": gettext_noop("A measured value is beyond what was promised"),
    "timingProblem": gettext_noop("A clock, or what depends on one, is wrong"),
    "transmissionError": gettext_noop("A line is cut or disturbed"),
    "transmitFailure": gettext_noop("What was sent did not arrive"),
    "unexpectedInformation": gettext_noop("Something was told that cannot be so"),
}


def text_of(code: str) -> str:
    """Return a probable cause in the language of whoever reads; the code where nobody knows words for it."""
    return gettext(WORDS[code]) if code in WORDS else code
