"""Documents that can be checked are checked."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STAYS = re.findall(
    r"^\| \d+ \| `([\w/.]+\.py)` \| ([^|]+) \|", (ROOT / "docs" / "architecture.md").read_text(), re.MULTILINE
)
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_every_setting_is_documented_and_every_documented_one_exists():
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "console" / "settings.py").read_text()))
    written = set(re.findall(r"`((?:LOFT|DATABASE|REDIS)_[A-Z_]+)`", (ROOT / "docs" / "operations.md").read_text()))
    assert read == written


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(document):
    links = re.findall(r"\]\((?!http|#)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize(("file", "names"), STAYS, ids=lambda word: word)
def test_every_stay_of_a_walk_is_a_function_of_its_file(file, names):
    nodes = [
        node
        for node in ast.walk(ast.parse((ROOT / file).read_text()))
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    ]
    for name in re.findall(r"`([\w.]+)`", names):
        assert name.rpartition(".")[2] in {node.name for node in nodes}, f"{file} has no {name}"


def test_three_walks_are_drawn_stay_by_stay():
    assert len(STAYS) == 27


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_it_names_is_there(document):
    named = re.findall(
        r"`((?:console|network|airspace|industry|static|templates|tests|deploy)/[\w/.-]*\.\w+)`", document.read_text()
    )
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_it_names_exists(document):
    commands = {path.stem for path in ROOT.glob("*/management/commands/*.py")} | {
        "migrate",
        "makemigrations",
        "check",
        "flush",
    }
    named = set(re.findall(r"manage\.py ([a-z_]+)", document.read_text()))
    assert named <= commands


def test_the_proxy_of_the_example_says_itself_who_calls_and_lets_imports_and_sockets_through():
    from network.actions.inventory.imports.rows import MOST_BYTES

    lines = (ROOT / "deploy" / "nginx.conf").read_text()
    values = dict(re.findall(r"^\s*proxy_set_header (\S+) (.+);", lines, re.MULTILINE))
    assert values["X-Forwarded-For"] == "$remote_addr", "what the client says of its address gets through"
    assert values["X-Forwarded-Proto"] == "https"
    assert "proxy_add_x_forwarded_for" not in lines
    assert int(re.search(r"client_max_body_size (\d+)m;", lines)[1]) * 2**20 > MOST_BYTES + 2**16
    assert values["Upgrade"] == "$http_upgrade"
    zone = re.search(r"limit_conn_zone \$binary_remote_addr zone=(\w+):", lines)[1]
    assert re.search(rf"limit_conn {zone} \d+;", lines), "one client may take all the places that Loft gives the proxy"
    assert re.search(r"proxy_read_timeout (\d+)h;", lines)
    trusted = re.search(r"LOFT_TRUSTED_PROXIES=(\S+)", (ROOT / "deploy" / "loft.service").read_text())[1]
    assert re.search(rf"proxy_pass http://{re.escape(trusted)}:\d+;", lines), "the service trusts another proxy"


def test_the_service_of_the_example_may_write_where_loft_writes_and_nowhere_else():
    unit = (ROOT / "deploy" / "loft.service").read_text()
    values = dict(re.findall(r"^(\w+)=(.+)$", unit, re.MULTILINE))
    assert values["ProtectSystem"] == "strict"
    assert re.search(r"LOFT_HOME=(\S+)", values["Environment"])[1] == f"/var/lib/{values['StateDirectory']}"
    assert values["PrivateTmp"] == "yes", "strict makes /tmp read only, which uploads, sorts of SQLite and maps need"
    assert "ReadWritePaths" not in values


def test_a_backup_by_the_text_holds_every_folder_that_cannot_be_made_anew():
    text = (ROOT / "docs" / "operations.md").read_text().partition("## Backup")[2]
    assert {"secrets", "media", "audit-heads"} <= set(re.findall(r"`LOFT_HOME/([a-z-]+)`", text))
