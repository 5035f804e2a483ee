"""A browser in a few words: "Firefox 128, Windows". What a program calls itself is cut, and believed by nobody."""

import re

MOST = 60
_BROWSERS = (  # the first that fits; most browsers call themselves by their forerunners' names, too
    ("Edge", r"Edg(?:A|iOS)?/(\d+)"),
    ("WeChat", r"MicroMessenger/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:Chrome|CriOS|HeadlessChrome)/(\d+)"),
    ("Safari", r"Version/(\d+)[\d.]* (?:Mobile/\S+ )?Safari/"),
)
_SYSTEMS = (
    ("HarmonyOS", r"HarmonyOS|OpenHarmony"),
    ("Android", r"Android"),
    ("iOS", r"iPhone|iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)


def browser_words(agent: str) -> str:
    """Return what a User-Agent header says, in a few words; its beginning where it is none of a browser."""
    named = next((f"{name} {match[1]}" for name, pattern in _BROWSERS if (match := re.search(pattern, agent))), "")
    system = next((name for name, pattern in _SYSTEMS if re.search(pattern, agent)), "")
    words = ", ".join(word for word in (named, system) if word) if named else agent
    return "".join(letter for letter in words if letter.isprintable())[:MOST]
