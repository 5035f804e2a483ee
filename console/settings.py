"""Settings of Loft: the only reader of the environment. Typed, and failing loudly on a wrong value.

Development and production differ by environment variables alone; `docs/operations.md` lists them.
"""

import os
import sys
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext_lazy as _
from environs import Env, EnvValidationError, validate

from console.access.oidc_settings import oidc_roles, secure_issuer
from console.access.secret import secret
from console.broker_settings import TRANSPORT_OPTIONS
from console.database_settings import database
from console.log_settings import FORMS, logging_of
from console.schedule_settings import WATCHES, beat_schedule
from console.schema_settings import DESCRIPTION, REST
from console.service_settings import READINESS, asked


def _networks(words: list[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(word.strip()) for word in words if word.strip())


BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()
LOFT_GIVEN = {  # as it was given, for the audit trail to say at the next start what changed
    name: text for name, text in os.environ.items() if name.startswith(("LOFT_", "DATABASE_URL", "REDIS_URL"))
}

# --- Where Loft lives ------------------------------------------------------------------------------------------------
LOFT_HOME = Path(env.str("LOFT_HOME", str(BASE_DIR / ".loft"))).absolute()
LOFT_HOST = env.str("LOFT_HOST", "127.0.0.1")
LOFT_PORT = env.int("LOFT_PORT", 8000, validate=validate.Range(1, 65_535))
LOFT_URL = env.str("LOFT_URL", f"http://{LOFT_HOST}:{LOFT_PORT}", validate=validate.URL(require_tld=False))
_proxies: list[str] = env.list("LOFT_TRUSTED_PROXIES", [])
try:
    LOFT_TRUSTED_PROXIES = tuple(ip_network(proxy.strip()) for proxy in _proxies if proxy.strip())
except ValueError as reason:
    raise EnvValidationError(f'Environment variable "LOFT_TRUSTED_PROXIES" invalid: {reason}', [str(reason)]) from None
if env.bool("LOFT_BEHIND_PROXY", False) and not LOFT_TRUSTED_PROXIES:
    _instead = "LOFT_BEHIND_PROXY names no proxy and is no longer enough: set LOFT_TRUSTED_PROXIES, e.g. 127.0.0.1,::1"
    raise EnvValidationError(_instead, [_instead])
LOFT_WEB_PROCESSES = env.int("LOFT_WEB_PROCESSES", 1, validate=validate.Range(1, 64))
LOFT_WEB_THREADS = env.int("LOFT_WEB_THREADS", 8, validate=validate.Range(1, 64))
LOFT_REQUESTS_WAITING = env.int("LOFT_REQUESTS_WAITING", 512, validate=validate.Range(1, 100_000))
LOFT_CONNECTIONS = env.int("LOFT_CONNECTIONS", 2_048, validate=validate.Range(16, 100_000))
LOFT_CONNECTIONS_PER_ADDRESS = env.int("LOFT_CONNECTIONS_PER_ADDRESS", 256, validate=validate.Range(1, 100_000))
LOFT_CONNECTIONS_PER_PROXY = env.int("LOFT_CONNECTIONS_PER_PROXY", 1_792, validate=validate.Range(1, 100_000))
LOFT_HEADERS = env.int("LOFT_HEADERS", 100, validate=validate.Range(20, 1_000))
LOFT_HEADER_BYTES = env.int("LOFT_HEADER_BYTES", 32_768, validate=validate.Range(4_096, 1_048_576))
LOFT_HEADER_DEADLINE_S = env.float("LOFT_HEADER_DEADLINE_S", 10.0, validate=validate.Range(1, 600))
LOFT_BODY_DEADLINE_S = env.float("LOFT_BODY_DEADLINE_S", 10.0, validate=validate.Range(1, 600))
LOFT_SEND_DEADLINE_S = env.float("LOFT_SEND_DEADLINE_S", 20.0, validate=validate.Range(1, 600))
LOFT_IDLE_DEADLINE_S = env.float("LOFT_IDLE_DEADLINE_S", 5.0, validate=validate.Range(1, 600))
LOFT_BODIES_BYTES = env.int("LOFT_BODIES_BYTES", 67_108_864, validate=validate.Range(20_000_000))
LOFT_ANSWERS_BYTES = env.int("LOFT_ANSWERS_BYTES", 134_217_728, validate=validate.Range(50_000_000))
SECRETS_DIR = LOFT_HOME / "secrets"
LOGS_DIR = LOFT_HOME / "logs"
LOFT_DISK_WARN_MB = env.int("LOFT_DISK_WARN_MB", 1_000, validate=validate.Range(1))
LOFT_DISK_NO_BULK_MB = env.int("LOFT_DISK_NO_BULK_MB", 500, validate=validate.Range(1))
LOFT_DISK_CLOSED_MB = env.int("LOFT_DISK_CLOSED_MB", 200, validate=validate.Range(1))
LOFT_DISK_BALLAST_MB = env.int("LOFT_DISK_BALLAST_MB", 256, validate=validate.Range(0))
if not LOFT_DISK_WARN_MB >= LOFT_DISK_NO_BULK_MB >= LOFT_DISK_CLOSED_MB:
    _instead = "LOFT_DISK_WARN_MB, LOFT_DISK_NO_BULK_MB, LOFT_DISK_CLOSED_MB: expected each at most the one before it"
    raise EnvValidationError(_instead, [_instead])
CATALOGUES_DIR = LOFT_HOME / "locale"
COMPILED_LOOPS_DIR = Path(os.environ.setdefault("NUMBA_CACHE_DIR", str(LOFT_HOME / "loops")))  # for numba to read

# --- What this installation does -------------------------------------------------------------------------------------
LOFT_DEMO = env.bool("LOFT_DEMO", True)
LOFT_DEMO_DRONES = env.int("LOFT_DEMO_DRONES", 200, validate=validate.Range(0, 20_000))
LOFT_UNKNOWN_SERIALS = env.str("LOFT_UNKNOWN_SERIALS", "register", validate=validate.OneOf(["register", "refuse"]))
LOFT_NEW_DRONES_PER_KEY_PER_H = env.int("LOFT_NEW_DRONES_PER_KEY_PER_H", 200, validate=validate.Range(0))
LOFT_NEW_DRONES_PER_CUSTOMER_PER_H = env.int("LOFT_NEW_DRONES_PER_CUSTOMER_PER_H", 2_000, validate=validate.Range(0))
LOFT_REPORTS_PER_KEY_PER_S = env.int("LOFT_REPORTS_PER_KEY_PER_S", 100_000, validate=validate.Range(1))
LOFT_REPORT_STREAM_LIMIT = env.int("LOFT_REPORT_STREAM_LIMIT", 4_000, validate=validate.Range(1))
LOFT_REQUESTS_PER_KEY_PER_S = env.int("LOFT_REQUESTS_PER_KEY_PER_S", 500, validate=validate.Range(1))
LOFT_QUOTA_REQUESTS_PER_S = env.int("LOFT_QUOTA_REQUESTS_PER_S", 1_000, validate=validate.Range(1))
LOFT_QUOTA_POSITIONS_PER_S = env.int("LOFT_QUOTA_POSITIONS_PER_S", 100_000, validate=validate.Range(1))
LOFT_QUOTA_ROWS_PER_DAY = env.int("LOFT_QUOTA_ROWS_PER_DAY", 2_000_000_000, validate=validate.Range(1))
LOFT_QUOTA_JOBS_OPEN = env.int("LOFT_QUOTA_JOBS_OPEN", 2_000, validate=validate.Range(1))
LOFT_QUOTA_JOBS_PER_DAY = env.int("LOFT_QUOTA_JOBS_PER_DAY", 1_000_000, validate=validate.Range(1))
LOFT_QUOTA_SOCKETS = env.int("LOFT_QUOTA_SOCKETS", 1_000, validate=validate.Range(1))
LOFT_QUOTA_STORAGE_BYTES = env.int("LOFT_QUOTA_STORAGE_BYTES", 50_000_000_000, validate=validate.Range(1))
LOFT_FAIR = env.bool("LOFT_FAIR", True)
LOFT_DRONE_SILENT_S = env.float("LOFT_DRONE_SILENT_S", 30.0, validate=validate.Range(15, 600))
LOFT_FACTORY_SILENT_S = env.float("LOFT_FACTORY_SILENT_S", 300.0, validate=validate.Range(30, 86_400))
LOFT_POSITION_RETENTION_H = env.int("LOFT_POSITION_RETENTION_H", 24, validate=validate.Range(1))
LOFT_PROBE_PERIOD_S = env.float("LOFT_PROBE_PERIOD_S", 2.0, validate=validate.Range(0.5, 3_600))
LOFT_SAMPLE_RETENTION_H = env.int("LOFT_SAMPLE_RETENTION_H", 24, validate=validate.Range(1))
LOFT_MINUTE_RETENTION_D = env.int("LOFT_MINUTE_RETENTION_D", 7, validate=validate.Range(1, 366))
LOFT_HOUR_RETENTION_D = env.int("LOFT_HOUR_RETENTION_D", 400, validate=validate.Range(1, 3_660))
LOFT_READING_RETENTION_H = env.int("LOFT_READING_RETENTION_H", 24, validate=validate.Range(1))
LOFT_EVIDENCE_RETENTION_D = env.int("LOFT_EVIDENCE_RETENTION_D", 90, validate=validate.Range(1, 3_650))
LOFT_SLA_REPORT_RETENTION_D = env.int("LOFT_SLA_REPORT_RETENTION_D", 1_100, validate=validate.Range(1, 3_650))
LOFT_EVIDENCE_PACKAGES = Path(env.str("LOFT_EVIDENCE_PACKAGES", str(Path(sys.prefix) / "evidence"))).absolute()
LOFT_EVIDENCE_PER_PERSON_PER_H = env.int("LOFT_EVIDENCE_PER_PERSON_PER_H", 20, validate=validate.Range(1, 1_000))
LOFT_PROBE_SHARD_SITES = env.int("LOFT_PROBE_SHARD_SITES", 1_000, validate=validate.Range(1, 10_000))
LOFT_COUNTER_PERIOD_S = env.float("LOFT_COUNTER_PERIOD_S", 30.0, validate=validate.Range(5, 3_600))
LOFT_COUNTER_RETENTION_H = env.int("LOFT_COUNTER_RETENTION_H", 24, validate=validate.Range(1))
LOFT_COUNTER_HOUR_RETENTION_D = env.int("LOFT_COUNTER_HOUR_RETENTION_D", 400, validate=validate.Range(1, 3_660))
LOFT_COSTLY_S_PER_MIN = env.float("LOFT_COSTLY_S_PER_MIN", 30.0, validate=validate.Range(1, 3_600))
LOFT_COSTLY_S_PER_MIN_PER_CUSTOMER = env.float(
    "LOFT_COSTLY_S_PER_MIN_PER_CUSTOMER", 60.0, validate=validate.Range(1, 3600)
)
LOFT_COSTLY_AT_ONCE = env.int("LOFT_COSTLY_AT_ONCE", 2, validate=validate.Range(1, 64))
LOFT_BACKUP_DIR = Path(env.str("LOFT_BACKUP_DIR", str(LOFT_HOME / "backups"))).absolute()
LOFT_BACKUP_EVERY_H = env.float("LOFT_BACKUP_EVERY_H", 0.0 if LOFT_DEMO else 1.0, validate=validate.Range(0, 744))
LOFT_BACKUP_PASSPHRASE_FILE = env.str("LOFT_BACKUP_PASSPHRASE_FILE", "")
LOFT_BACKUP_RECIPIENTS: list[str] = env.list("LOFT_BACKUP_RECIPIENTS", [])
LOFT_BACKUP_HOURS = env.int("LOFT_BACKUP_HOURS", 24, validate=validate.Range(1, 8_784))
LOFT_BACKUP_DAYS = env.int("LOFT_BACKUP_DAYS", 30, validate=validate.Range(0, 3_650))
LOFT_BACKUP_MONTHS = env.int("LOFT_BACKUP_MONTHS", 12, validate=validate.Range(0, 1_200))
LOFT_LATE_TICKS = env.int("LOFT_LATE_TICKS", 5, validate=validate.Range(2, 1_000))
_hosts: list[str] = env.list("LOFT_NOTICE_HOSTS", [])
LOFT_NOTICE_HOSTS = frozenset(host.strip().lower() for host in _hosts if host.strip())
LOFT_NOTICE_NETWORKS = _networks(env.list("LOFT_NOTICE_NETWORKS", []))
LOFT_PROBE_NETWORKS = _networks(env.list("LOFT_PROBE_NETWORKS", []))
LOFT_STATIONS_NETWORKS = _networks(env.list("LOFT_STATIONS_NETWORKS", []))
_MANAGEMENT = (  # shells, mail, file shares, directories, databases, queues, orchestrators
    "21,22,23,25,69,110,111,135,137,138,139,143,161,389,445,465,512,513,514,587,623,636,873,1433,1521,2049,2181,2375,"
    "2376,2379,2380,3306,3389,5432,5671,5672,5900,5984,5985,5986,6379,6443,8500,9042,9092,9200,9300,10250,11211,27017"
)
LOFT_PROBE_CLOSED_PORTS = tuple(
    sorted({int(part) for part in env.str("LOFT_PROBE_CLOSED_PORTS", _MANAGEMENT).split(",") if part.strip()})
)
LOFT_NOTICE_SETTLE_S = env.float("LOFT_NOTICE_SETTLE_S", 5.0, validate=validate.Range(0, 600))
LOFT_SOCKETS_PER_SESSION = env.int("LOFT_SOCKETS_PER_SESSION", 30, validate=validate.Range(1, 10_000))
LOFT_SOCKETS_PER_PERSON = env.int("LOFT_SOCKETS_PER_PERSON", 100, validate=validate.Range(1, 10_000))
LOFT_SOCKETS_PER_PROCESS = env.int("LOFT_SOCKETS_PER_PROCESS", 2_000, validate=validate.Range(1, 100_000))
LOFT_NOTICE_ATTEMPTS = env.int("LOFT_NOTICE_ATTEMPTS", 12, validate=validate.Range(1, 100))
LOFT_NOTICE_RETENTION_D = env.int("LOFT_NOTICE_RETENTION_D", 90, validate=validate.Range(1, 3_650))
LOFT_ALARM_RETENTION_D = env.int("LOFT_ALARM_RETENTION_D", 400, validate=validate.Range(1, 3_650))
LOFT_EMULATOR_HOST = env.str("LOFT_EMULATOR_HOST", "127.0.0.1")
LOFT_EMULATOR_PORT = env.int("LOFT_EMULATOR_PORT", LOFT_PORT + 10_000 if LOFT_PORT < 55_000 else LOFT_PORT - 10_000)
LOFT_EMULATOR_FIRST_UDP_PORT = env.int("LOFT_EMULATOR_FIRST_UDP_PORT", 10_000 + LOFT_PORT % 200 * 110)
LOFT_STATIONS_URL = env.str(
    "LOFT_STATIONS_URL", f"http://{LOFT_EMULATOR_HOST}:{LOFT_EMULATOR_PORT}", validate=validate.URL(require_tld=False)
)

# --- Django ----------------------------------------------------------------------------------------------------------
DEBUG = env.bool("LOFT_DEBUG", False)
SECRET_KEY = env.str("LOFT_SECRET_KEY", "") or secret(SECRETS_DIR, "django")
ALLOWED_HOSTS = env.list("LOFT_ALLOWED_HOSTS", [urlsplit(LOFT_URL).hostname or LOFT_HOST, "127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = [LOFT_URL]
WSGI_APPLICATION = "console.wsgi.application"
ASGI_APPLICATION = "console.asgi.application"
ROOT_URLCONF = "console.urls"
AUTH_USER_MODEL = "console.Person"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "console",
    "network",
    "airspace",
    "industry",
]
MIDDLEWARE = [
    "console.door.address.TrueAddress",  # first: all others may then believe REMOTE_ADDR and X-Forwarded-Proto
    "console.access.narrowing.Widened",  # outside all that asks the database
    "django.middleware.security.SecurityMiddleware",
    "console.middleware.NotStored",
    "console.door.refusals.Noted",
    "console.door.last_answers.Remembering",  # outside of the session, which is read from the database
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "console.access.session_rules.SessionRules",
    "console.access.accounts.Accounted",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.shell.shell",
            ],
        },
    },
]

# --- Database: SQLite unless DATABASE_URL names a PostgreSQL ---------------------------------------------------------
DATABASES = {"default": database(env.dj_db_url("DATABASE_URL", f"sqlite:///{LOFT_HOME / 'loft.sqlite3'}"))}

# --- Redis: embedded on a Unix socket unless REDIS_URL names one -----------------------------------------------------
LOFT_RUN_DIR = Path(env.str("LOFT_RUN_DIR", str(LOFT_HOME / "run")))
REDIS_SOCKET = LOFT_RUN_DIR / "redis.sock"
REDIS_EMBEDDED = not env.str("REDIS_URL", "")
REDIS_URL = env.str("REDIS_URL", "") or f"unix://:{secret(SECRETS_DIR, 'redis')}@{quote(str(REDIS_SOCKET))}"
REDIS_MAXMEMORY = env.str("LOFT_REDIS_MAXMEMORY", "1gb")

# --- Celery (reasons for each figure: docs/architecture.md) ----------------------------------------------------------
_redis = urlsplit(REDIS_URL)
CELERY_BROKER_URL = f"redis+socket://:{_redis.password}@{_redis.path}?virtual_host=1" if REDIS_EMBEDDED else REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CHANNEL_ERROR_RETRY = True  # a Redis that refuses for now, for it is full say, ends no worker
CELERY_BROKER_TRANSPORT_OPTIONS = TRANSPORT_OPTIONS
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_RETRY_ON_WORKER_LOST = True  # bounds it: a task that kills its worker is sent again three times
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_TASK_DEFAULT_QUEUE = "default"
_QUEUES = {
    "probes": ["network.tasks.measure_shard"],
    "checks": ["network.tasks.run_health_checks", "network.tasks.check_shard"],
    "heavy": [  # may take minutes and may wait for minutes; nothing that is judged by the second stands behind it
        "network.tasks.prove_plan", "network.tasks.make_report", "network.tasks.draw_evidence",
        "network.tasks.draw_counter_hours", "console.tasks.delete_old*", "network.tasks.prepare_partitions",
        "console.tasks.make_due_backup",  # reads all there is
        "network.tasks.record_programme",  # holds maps in memory, so that one process should do
    ],
}  # fmt: skip
CELERY_TASK_ROUTES = {task: {"queue": queue} for queue, tasks in _QUEUES.items() for task in tasks}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "console.run.scheduler.SteadyScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_REDBEAT_REDIS_URL = REDIS_URL
CELERY_REDBEAT_KEY_PREFIX = "loft.beat:"
CELERY_REDBEAT_LOCK_TIMEOUT = 10
CELERY_REDBEAT_REDIS_OPTIONS = {"socket_timeout": 10}  # a tick that waits for a server which hangs is not hung itself
CELERY_BEAT_SCHEDULE = beat_schedule(LOFT_PROBE_PERIOD_S, LOFT_COUNTER_PERIOD_S)

# --- What reaches upward, by string only -----------------------------------------------------------------------------
LOFT_RAW_ROUTES = {"/api/v1/reports": "airspace.views.reports.application"}
LOFT_LAST_ANSWERS = ("/api/v1/alarms", "/api/v1/alarms/summary")  # go on from memory while the database is away
LOFT_EDGE_PLANS = "industry.runtimes.edge_plans"
LOFT_PROGRAMS = [  # app and command of long-running processes
    ("airspace", "track"), ("airspace", "fleet"), ("industry", "factory"), ("network", "basestations"),
]  # fmt: skip
LOFT_COMPILERS = ["network.kernels.radio.raster.coverage.compile_loops"]
LOFT_DEMO_BUILDERS = ["network.demo.demo.build", "industry.demo.build", "airspace.demo.build"]
LOFT_WATCHES = WATCHES
LOFT_READINESS = READINESS
LOFT_SERVICE = asked(env)

# --- People and keys -------------------------------------------------------------------------------------------------
LOGIN_URL = "console:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "console:login"
AUTHENTICATION_BACKENDS = ["console.access.backends.MembershipBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOFT_LOGIN_FAILURE_LIMIT = env.int("LOFT_LOGIN_FAILURE_LIMIT", 5, validate=validate.Range(1, 100))
LOFT_IDLE_MIN = env.float("LOFT_IDLE_MIN", 0.0, validate=validate.Range(0, 720))
LOFT_REQUIRE_TOTP = env.str(
    "LOFT_REQUIRE_TOTP", "nobody", validate=validate.OneOf(["nobody", "administrators", "everybody"])
)
LOFT_SIGN_IN_RETENTION_D = env.int("LOFT_SIGN_IN_RETENTION_D", 90, validate=validate.Range(1, 3_650))
LOFT_OIDC_ISSUER = env.str("LOFT_OIDC_ISSUER", "", validate=secure_issuer)
LOFT_OIDC_CLIENT_ID = env.str("LOFT_OIDC_CLIENT_ID", "")
LOFT_OIDC_SECRET_FILE = env.str("LOFT_OIDC_SECRET_FILE", "")
LOFT_OIDC_ALGORITHM = env.str("LOFT_OIDC_ALGORITHM", "RS256", validate=validate.OneOf(["RS256", "ES256"]))
LOFT_OIDC_NAME = env.str("LOFT_OIDC_NAME", "")
LOFT_OIDC_USERNAME_CLAIM = env.str("LOFT_OIDC_USERNAME_CLAIM", "preferred_username")
LOFT_OIDC_ROLES_CLAIM = env.str("LOFT_OIDC_ROLES_CLAIM", "groups")
_oidc_roles: list[str] = env.list("LOFT_OIDC_ROLES", [])
LOFT_OIDC_ROLES = oidc_roles(_oidc_roles)
LOFT_OIDC_NETWORKS = _networks(env.list("LOFT_OIDC_NETWORKS", []))

_secure = LOFT_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _secure
_host_only = "__Host-" if _secure else ""  # a browser takes this name only with Secure, Path=/ and for this very host
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_host_only}sessionid", f"{_host_only}csrftoken"
LOFT_BROWSER_COOKIE_NAME = f"{_host_only}loft-browser"
LOFT_OIDC_COOKIE_NAME = f"{_host_only}loft-oidc"
SESSION_ENGINE = "console.access.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = _secure
SECURE_HSTS_SECONDS = 31_536_000 if _secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _secure
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # `TrueAddress` drops it unless a trusted proxy sent it
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "worker-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

# --- REST ------------------------------------------------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
REST_FRAMEWORK = REST
SPECTACULAR_SETTINGS = DESCRIPTION

# --- Language and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = env.str("LOFT_LANGUAGE", "en", validate=validate.OneOf(["en", "zh-hans"]))
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LANGUAGE_COOKIE_HTTPONLY = False
LOCALE_PATHS = [CATALOGUES_DIR / app for app in ("console", "network", "airspace", "industry")]
TIME_ZONE = env.str("LOFT_TIME_ZONE", "Asia/Shanghai")
USE_I18N = True
USE_TZ = True

# --- Mail: a relay of the installation's own --------------------------------------------------------------------------
EMAIL_HOST = env.str("LOFT_SMTP_HOST", "")
EMAIL_PORT = env.int("LOFT_SMTP_PORT", 25, validate=validate.Range(1, 65_535))
EMAIL_HOST_USER = env.str("LOFT_SMTP_USER", "")
EMAIL_HOST_PASSWORD = env.str("LOFT_SMTP_PASSWORD", "")
_mail_security = env.str("LOFT_SMTP_SECURITY", "none", validate=validate.OneOf(["none", "starttls", "tls"]))
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail_security == "starttls", _mail_security == "tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("LOFT_MAIL_FROM", "Loft <loft@localhost>")

# --- Static files ----------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = LOFT_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", LOFT_HOME / "vendor")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "console.assets.HashedAssets"},
}
MEDIA_ROOT = LOFT_HOME / "media"

# --- Logs: one line each, on standard error; the supervisor writes them to LOFT_HOME/logs ----------------------------
LOFT_LOG_MB = env.int("LOFT_LOG_MB", 32, validate=validate.Range(1, 1_024))
LOFT_LOG_KEEP = env.int("LOFT_LOG_KEEP", 10, validate=validate.Range(1, 1_000))
LOFT_LOG_SAME_PER_MIN = env.int("LOFT_LOG_SAME_PER_MIN", 1, validate=validate.Range(1))
LOFT_LOG_FORMAT = env.str("LOFT_LOG_FORMAT", "line", validate=validate.OneOf(list(FORMS)))
LOGGING = logging_of(env.str("LOFT_LOG_LEVEL", "INFO"), LOFT_LOG_FORMAT, LOFT_LOG_SAME_PER_MIN)
