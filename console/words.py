"""Which of its names a thing is called by, in the language of whoever reads."""

from django.utils.translation import get_language


def shown_name(name_en: str, name_zh: str) -> str:
    """Return of a thing's names that in the language of whoever reads; where there is none, the other."""
    return (name_zh if (get_language() or "").startswith("zh") else "") or name_en
