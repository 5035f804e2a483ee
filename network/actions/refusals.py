"""Refusals of the network in words, for those who read another language than English: `console.refusal_words`."""

from django.utils.translation import gettext_noop as _

from console.refusal_words import register, register_as

register(
    _("the hold has ended already"),
    _("there are %(count)s holds already; end some first"),
    _("%(subject)s is %(kind)s already, by %(actor)s"),
    _("%(subject)s is held already"),
    _("alarm %(alarm)s: nothing holds it"),
    _("alarm %(alarm)s: %(reason)s"),
    _("you keep %(count)s views already; remove some first"),
    _("channel: %(channel)s is another organisation's; expected one of the rule's own"),
    _("step: %(severity)s has a step %(step)s already; change that one"),
    _("no alarm with id %(alarm)s"),
    _("alarm %(alarm)s was acknowledged before, by %(person)s"),
    _("alarm %(alarm)s was not acknowledged"),
    _("alarm %(alarm)s is over since %(at)s UTC"),
    _("alarm %(alarm)s cannot be cleared: its cause is still measured"),
    _("the %(document)s would take %(size)s MB; at most %(most)s MB are kept"),
    _("%(count)s %(document)ss were asked for in the last hour; at most %(most)s per person and hour"),
    _("a push to %(site)s is under way; wait for its end"),
    _("the inventory changed while the map was drawn"),
    _("the inventory was changed by somebody else meanwhile; look and try again"),
    _("%(kind)s %(key)s was removed by somebody else meanwhile"),
    _("there are %(count)s %(kind)ss; at most %(most)s go into one file: export by region"),
    _("the history of %(kind)ss holds more than %(most)s changes"),
    _("the inventory holds %(count)s %(kind)ss; at most %(most)s are looked back at"),
    _("%(kind)s %(key)s exists already"),
    _("there is no %(kind)s %(key)s"),
    _("change %(change)s was %(state)s already"),
    _(
        "%(count)s changes are planned already, these would be %(more)s more; "
        "expected at most %(most)s together: withdraw some first"
    ),
    _("%(count)s maintenances are announced already, which is the most"),
    _("maintenance %(maintenance)s is over or withdrawn already"),
    _("%(channel)s is switched off; switch it on to try it out"),
    _("%(channel)s is switched off; switch it on first"),
    _("notice %(notice)s is waiting to be sent"),
    _("there are %(count)s channels already; remove one first"),
    _("name: a channel named %(name)s exists already"),
    _("denominator: %(given)s given; the inventory knows nothing of that in region %(region)s"),
    _(
        "region %(region)s has %(sites)s sites to count and %(candidates)s candidates; "
        "expected some of both, and at most %(most)s candidates"
    ),
    _("%(count)s plans wait for %(person)s; expected fewer than %(most)s: cancel one, or wait"),
    _("%(count)s plans are kept already; delete some first"),
    _("plan %(plan)s has nothing to adopt: %(state)s"),
    _("site %(site)s of plan %(plan)s is no longer in the inventory"),
    _("plan %(plan)s has ended already: %(state)s"),
    _("plan %(plan)s was adopted already"),
    _("agreement %(agreement)s ended at %(at)s UTC; what has ended stays"),
    _("there are %(count)s agreements already, which is the most"),
    _("%(kind)s %(key)s has an agreement on %(metric)s already; change that one"),
    _("nothing of %(month)s has been counted yet"),
    _("%(count)s agreements are in %(region)s; a report holds at most %(most)s"),
    _("there are %(count)s slices already, which is the most"),
    _("there is a slice %(slice)s already"),
    _("slice %(slice)s has agreements; remove those first"),
    _("the inventory holds %(count)s sites; the circle is computed for at most %(most)s"),
    _("the network has no site at which a terminal could enter"),
    _("another port: %(reason)s"),
    _("a name that no other site of the region has; %(site)s has this one"),
    _("a rate at which %(packets)s packets take at most %(seconds)s s"),
    _("a path that begins with / and holds no space"),
    _("a host and port that may be probed: %(reason)s"),
    _("the key of a %(kind)s that exists"),
    _("a time to come: what is over cannot be announced"),
    _("at most %(days)s days ahead"),
    _("one of %(metrics)s, which is what a %(kind)s can be promised"),
    _("milliseconds above 0, at most %(most)s"),
    _("a share above 0 and below 1, so that there is a budget"),
    _("a share, %(least)s to %(most)s: there must be a budget"),
    _("the owner of the %(kind)s, or nothing"),
)
register_as(  # those for programs name fields
    {
        "slugs of sites that exist": _("Sites that exist."),
        "the slug of another site than a": _("Another site than the first."),
        "a key that no other %(kind)s has; %(key)s exists": _("Another key: %(key)s exists already."),
        "a key once in a file; row %(row)s has it already": _("Each key once in a file: row %(row)s has it already."),
        "%(key)s: a key cannot be changed": _("Keys never change."),
        "subject: %(subject)s given, which are %(listed)s; expected object_kind and object_key of one": _(
            "Several are called %(subject)s: choose one of those offered."
        ),
        "organisation: another's given; expected one in which you have the right %(right)s": _(
            "Choose an organisation in which you have the right to %(right)s."
        ),
        "alarm %(alarm)s is not only shelved; letting it back needs the right network.add_alarmhold": _(
            "Alarm %(alarm)s is not only shelved: whoever may hold alarms may release it."
        ),
        "until_at: none given; expected when the shelving ends": _("Say when the shelving ends."),
        "until_at: %(given)s given; expected within %(days)s days from now": _(
            "Choose a time within %(days)s days from now."
        ),
        "after_s: %(given)s given; step %(step)s comes after %(seconds)s s, "
        "and each step has to come after the one before it": _(
            "Step %(step)s comes after %(seconds)s s, and each step has to come after the one before it."
        ),
        "person: %(person)s given; expected somebody with the right %(right)s": _(
            "%(person)s lacks the right to %(right)s."
        ),
        "alarm %(alarm)s belongs to another organisation, in which you lack the right %(right)s": _(
            "Alarm %(alarm)s belongs to another organisation, in which you lack the right to %(right)s."
        ),
        "alarm %(alarm)s is of %(organisation)s, where %(person)s lacks %(right)s": _(
            "Alarm %(alarm)s is of %(organisation)s, where %(person)s lacks the right to %(right)s."
        ),
        "format: %(given)s given; expected one of %(known)s": _("Choose a format: %(known)s."),
        "kind: %(given)s given; expected none, site or link: %(format)s holds sites and links": _(
            "Choose no kind: %(format)s holds sites and links."
        ),
        "kind: none given; expected one of %(known)s: a CSV file holds one kind": _(
            "Choose a kind: a CSV file holds one kind."
        ),
        "valid_from: %(given)s given; expected %(at)s or later, "
        "since when the present values of %(kind)s %(key)s hold": _(
            "Choose %(at)s or later: the present values of %(key)s hold since then."
        ),
        "the inventory has changed since plan %(plan)s was made; prove it again, or say is_old_fine": _(
            "The inventory has changed since plan %(plan)s was made: prove it again."
        ),
        "a host where there is a probe_port": _("A host is needed where there is a port for probes."),
        "none where probe_method is neither http nor https": _("This is for probes by HTTP or HTTPS only."),
        "none where probe_method is not stamp": _("This is for probes by STAMP only."),
        "a number of km where is_length_surveyed is true": _("A surveyed length is needed, in km."),
        "at least lowest_m, which is %(lowest)s": _("At least the lower height, which is %(lowest)s m."),
        "a time after starts_at": _("A time after the beginning."),
        "at most %(days)s days after starts_at": _("At most %(days)s days after the beginning."),
        "the name of an organisation; better send its slug as organisation": _("The name of an organisation."),
    }
)
