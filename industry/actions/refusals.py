"""Refusals of industry in words, for those who read another language than English: `console.refusal_words`."""

from django.utils.translation import gettext_noop as _

from console.refusal_words import register, register_as

register(
    _("model: %(model)s belongs to another organisation; expected one that you may call"),
    _("factory: %(factory)s belongs to another organisation; expected one in which you may add jobs"),
)
register_as(  # those for programs name fields
    {
        "model: %(model)s given; expected a registered model, see GET /api/v1/models": _(
            "There is no model %(model)s."
        ),
        "factory: %(factory)s given; expected a factory, see GET /api/v1/factories": _(
            "There is no factory %(factory)s."
        ),
    }
)
