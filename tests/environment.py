"""The environment of a test run, set before Django reads it: a home of its own, so that nothing touches a real one.

Loaded with `-p tests.environment` (see pyproject.toml), hence `python -m pytest`. TEST_DATABASE_URL chooses PostgreSQL.
"""

import atexit
import os
import shutil
import sys
import tempfile

HOME = tempfile.mkdtemp(prefix="loft-test-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
if "LOFT_TEST_SHARED" not in os.environ:  # what the processes of one run make once and share
    os.environ["LOFT_TEST_SHARED"] = tempfile.mkdtemp(prefix="loft-test-shared-")
    atexit.register(shutil.rmtree, os.environ["LOFT_TEST_SHARED"], ignore_errors=True)

for name in [name for name in os.environ if name.startswith("LOFT_") and not name.startswith("LOFT_TEST_")]:
    del os.environ[name]
os.environ.pop("REDIS_URL", None)
os.environ.pop("DATABASE_URL", None)
os.environ["LOFT_HOME"] = HOME
os.environ["LOFT_PROBE_NETWORKS"] = (
    "127.0.0.0/8,::1/128"  # sites of the tests' own; installations that tests start: none
)
# compiling the loops takes a while, so that they are kept from one run to the next
os.environ["NUMBA_CACHE_DIR"] = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".pytest_cache", "loops"))
# nor is a source compiled again by each of the hundreds of processes that a run starts, as containers often have it
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
for folder in ("vendor", "static"):
    os.makedirs(os.path.join(HOME, folder), exist_ok=True)
if url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = url
