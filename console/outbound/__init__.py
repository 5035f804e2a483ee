"""The one way out: whatever Loft calls by an address that somebody typed in is looked at here first (SSRF).

A guard says for one purpose which addresses and ports may be called. A name is looked up once, every address it leads
to is looked at, and the very address that was looked at is connected to. What is refused is never called, so that an
answer tells nothing of what listens there.
"""

from console.outbound.guard import Endpoint, Guard, Nameless, NotAllowed

__all__ = ["Endpoint", "Guard", "Nameless", "NotAllowed"]
