"""What `make run` prints is what a newcomer types: every demo person signs in with it, also after an older version."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from console.access.roles import ROLES
from console.actions.demo import build_people, password_file
from console.management.commands.up import Command
from console.models import Person

LONG = "M3x9ORk4E-3k2-pXuwkO" + 44 * "x"  # as files were written: 64 letters, of which 20 were the password


@pytest.fixture
def home(settings, tmp_path, roles):
    settings.SECRETS_DIR, settings.LOFT_DEMO = tmp_path / "secrets", True
    settings.SECRETS_DIR.mkdir()
    return settings.SECRETS_DIR


def printed() -> str:
    out = StringIO()
    Command(stdout=out, no_color=True)._say_where()
    return out.getvalue()


def people_of(text: str) -> dict[str, str]:
    """Return names and passwords as a reader finds them: a password, or a file that is opened and copied."""
    shown = re.findall(r"^  (?:sign in as|or as) +(\S+) +password (in )?(\S+)$", text, re.MULTILINE)
    return {name: Path(word).read_text().removesuffix("\n") if is_file else word for name, is_file, word in shown}


def signs_in(name: str, password: str) -> bool:
    return Client().post("/login", {"username": name, "password": password}).status_code == 302


def test_every_demo_person_signs_in_with_what_is_printed(home):
    build_people(timezone.now())
    people = people_of(printed())
    assert sorted(people) == sorted(ROLES)
    assert all(signs_in(name, password) for name, password in people.items())
    assert not signs_in("viewer", people["administrator"])


def test_a_file_of_an_older_version_is_cut_to_the_password_that_works(home):
    for role in ROLES:
        password_file(role).write_text(LONG + "\n")
        Person.objects.create_user(role, password=LONG[:20])
    build_people(timezone.now())
    assert {password_file(role).read_text() for role in ROLES} == {LONG[:20] + "\n"}
    assert {password_file(role).stat().st_mode & 0o777 for role in ROLES} == {0o600}
    assert all(signs_in(name, password) for name, password in people_of(printed()).items())


def test_a_password_stays_the_same_from_start_to_start(home):
    build_people(timezone.now())
    before = people_of(printed())
    build_people(timezone.now())
    assert people_of(printed()) == before
    assert {len(password) for password in before.values()} == {20}
