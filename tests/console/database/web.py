"""A web process with a Redis and a database of its own: as much of an installation as answers requests."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from tests.stack import ROOT, environment_without_loft, free_port
from tests.waiting import wait_until

REDIS = (
    "import os; from console.run import serve_redis as r; from django.conf import settings as s;"
    "s.LOFT_RUN_DIR.mkdir(parents=True, exist_ok=True);"
    "words = r.command(s.REDIS_SOCKET, s.LOFT_HOME / 'redis', s.SECRETS_DIR / 'redis'); os.execv(words[0], words)"
)
PREPARE = (  # without compiling loops, which takes longest and serves maps only
    "from console.run.preparation import steps\nfor words, step in steps():\n    if words != 'compiled loops': step()\n"
)
NAME, PASSWORD = "ada", "a long test password"
MAKE_PERSON = (
    "from console.models import Person, Membership; p = Person.objects.create_user('ada', password='a long test password');"
    "Membership.objects.create(person=p, organisation_id=1, role='administrator')"
)
MAKE_KEY = (
    "from django.utils import timezone; from console.actions.access.apikey import create_key;"
    "from console.actions.audit.audit import SYSTEM;"
    "print('TOKEN', create_key(SYSTEM, 'test', ['network:read', 'inventory:write', 'metrics:read'], timezone.now())[1])"
)


class Web:
    """One web process. `home` holds its SQLite database unless `database_url` names another."""

    def __init__(self, home: Path, database_url: str = "", **environment: str) -> None:
        self.home, self.port = home, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **environment_without_loft(), "LOFT_HOME": str(home), "LOFT_PORT": str(self.port), "LOFT_DEMO": "false",
            "DJANGO_SETTINGS_MODULE": "console.settings", **environment,
        }  # fmt: skip
        if database_url:
            self.environment["DATABASE_URL"] = database_url
        self.token = ""
        self._callers: list[httpx.Client] = []
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command of this installation to its end, whatever comes of it."""
        return subprocess.run(
            [sys.executable, *words], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False,
            timeout=300, **options,
        )  # fmt: skip

    def manage(self, *words: str) -> str:
        done = self.run("manage.py", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def serving(self) -> Iterator["Web"]:
        """Prepare it, with a person and a key, and serve."""
        with subprocess.Popen([sys.executable, "-c", REDIS], env=self.environment, cwd=ROOT) as redis:
            try:
                self.manage("shell", "-c", PREPARE)
                self.manage("shell", "-c", MAKE_PERSON)
                self.token = self.manage("shell", "-c", MAKE_KEY).split("TOKEN ")[1].split()[0]
                self.start()
                yield self
            finally:
                self.stop()
                redis.terminate()

    def start(self) -> None:
        with (self.home / "web.log").open("ab") as log:
            words = [sys.executable, "-m", "console.run.web"]
            self.process = subprocess.Popen(words, env=self.environment, cwd=ROOT, stdout=log, stderr=log)
        wait_until(self._answers, "the web process answers")

    def stop(self) -> None:
        for caller in self._callers:
            caller.close()
        if self.process and self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(15)
            self.process.kill()
            self.process.wait()

    def log(self) -> str:
        return (self.home / "web.log").read_text(errors="replace")

    def caller(self, **options: Any) -> httpx.Client:
        made = httpx.Client(base_url=self.url, timeout=60, **options)
        self._callers.append(made)
        return made

    def with_key(self) -> httpx.Client:
        return self.caller(headers={"Authorization": f"Bearer {self.token}"})

    def stranger(self) -> httpx.Client:
        caller = self.caller()
        caller.get("/login")
        return caller

    def sign_in(self, caller: httpx.Client, password: str = PASSWORD) -> httpx.Response:
        form = {"username": NAME, "password": password, "csrfmiddlewaretoken": caller.cookies["csrftoken"]}
        return caller.post("/login", data=form, headers={"Referer": f"{self.url}/login"})

    def signed_in(self) -> httpx.Client:
        caller = self.stranger()
        answer = self.sign_in(caller)
        assert answer.status_code == 302, answer.text[:500]
        caller.headers["X-CSRFToken"] = caller.cookies["csrftoken"]
        caller.headers["Referer"] = self.url
        return caller

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()[-3000:]
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200
        return False
