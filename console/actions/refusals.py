"""Refusals of the console in words, for those who read another language than English: `console.refusal_words`."""

from django.utils.translation import gettext_noop as _

from console.refusal_words import register, register_as

register(
    _("the identity provider does not answer as it should"),
    _("the identity provider does not answer"),
    _("Redis does not answer: %(reason)s"),
    _("too many costly answers are being worked out; ask again in a moment"),
    _("name: a key named %(name)s exists already; revoke it first or choose another name"),
    _("only those who run the network may add organisations"),
    _("this organisation runs the installation; it can be neither ended nor be less than that"),
    _("you cannot change your own role; ask another administrator"),
    _("%(person)s is in none of your organisations; ask those who run the network"),
    _("%(person)s is the last administrator of %(organisation)s; name another one first"),
    _("username: a person named %(name)s exists already"),
    _("you cannot take your own rights; ask another administrator"),
    _("%(person)s belongs to another organisation, too; end their membership instead"),
    _("this is your own account; see to it at /account"),
    _("%(person)s belongs to another organisation, too, which has a say in this"),
    _("%(person)s has no role where you act; add them as a member there"),
    _("codes are asked for already; switch them off first"),
    _("codes are asked for already"),
    _("code: it is not the one that your secret gives now; look at the clock of your device"),
    _("no codes are asked for"),
    _("codes are required of you; an administrator can reset them when the device is lost"),
    _("only those who run the network may change quotas"),
    _("a time from 1970 to 2200"),
)
register_as(  # those for programs name fields
    {
        "organisation: %(given)s given; expected one of %(own)s": _(
            "Choose an organisation that you belong to: %(own)s."
        ),
        "scopes: %(given)s given; expected some of %(known)s": _("Choose what the key may do."),
        "scopes: %(given)s given; a key of %(owner)s cannot change what all share": _(
            "A key of %(owner)s cannot change what all share."
        ),
        "expires_at: %(given)s given; expected a time in the future": _("Choose a time to come for its end."),
        "kinds: %(given)s given; expected some of %(known)s": _("Choose what kind of organisation it is."),
        "slug: an organisation %(name)s exists already": _("There is an organisation %(name)s already."),
        "organisation: %(given)s given; expected one that you belong to, with the right %(right)s": _(
            "Choose an organisation in which you have the right to %(right)s."
        ),
        "requests_per_s: 0 given for the organisation that runs the installation; expected at least 1": _(
            "The organisation that runs the installation needs at least one request a second."
        ),
        "what the identity provider publishes of itself is not that of LOFT_OIDC_ISSUER": _(
            "The identity provider is not the one of this installation."
        ),
        "the identity provider says no %(claim)s that could be a user name": _("The identity provider names no user."),
        "%(count)s problem(s)": _("What was entered cannot be taken as it is."),
    }
)
