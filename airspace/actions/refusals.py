"""Refusals of the airspace in words, for those who read another language than English: `console.refusal_words`."""

from django.utils.translation import gettext_noop as _

from console.refusal_words import register, register_as

register(
    _("only those who run the network may hand a drone on; its owner may release it"),
    _("only those who run the network may decide a dispute"),
    _("the serial %(serial)s is not disputed"),
    _("organisation: the drone %(serial)s is of %(organisation)s already"),
    _("%(count)s drones are meant; expected at most %(most)s at once: narrow the filter"),
    _("%(serial)s is verified; only unverified drones are deleted by filter"),
    _("some of these drones belong to organisations in which you may not delete them"),
    _("serial: %(serial)s is registered already"),
    _("serial: %(words)s, which is as many as may be"),
    _("%(fields)s: only those who run the network may change this"),
    _("Redis could not take the reports: %(reason)s"),
    _("Redis does not answer"),
    _("the database does not answer, so the key cannot be checked"),
    _("the database does not answer, so serials cannot be checked"),
)
register_as(  # those for programs name fields
    {
        "organisation: %(organisation)s given; expected the slug of one that is active": _(
            "Choose an organisation that is active."
        ),
        "is_verified: the serial is disputed; decide the dispute first": _(
            "The serial is disputed; decide the dispute first."
        ),
    }
)
