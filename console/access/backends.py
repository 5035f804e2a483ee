"""Where rights come from: roles in organisations, and what was granted to a person directly."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from console.models import Person


class MembershipBackend(ModelBackend):
    """A person holds a right when one of their roles does. In which organisation is asked of `Actor.may_change`."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Return whether an active person holds the right in any of their organisations."""
        if not isinstance(user_obj, Person) or not user_obj.is_active:
            return False
        return any(role.holds(perm) for role in user_obj.roles.values()) or super().has_perm(user_obj, perm, obj)
