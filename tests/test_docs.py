"""Documents that can be checked are checked."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_every_setting_is_documented_and_every_documented_one_exists():
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "console" / "settings.py").read_text()))
    written = set(re.findall(r"`((?:LOFT|DATABASE|REDIS)_[A-Z_]+)`", (ROOT / "docs" / "operations.md").read_text()))
    assert read == written


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(document):
    links = re.findall(r"\]\((?!http|#)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_it_names_exists(document):
    commands = {path.stem for path in ROOT.glob("*/management/commands/*.py")} | {"migrate", "makemigrations", "check"}
    named = set(re.findall(r"manage\.py ([a-z_]+)", document.read_text()))
    assert named <= commands
