"""The file of a backup: it opens whole or not at all, and ordinary tools can open it."""

import hashlib
import io
import subprocess
import tarfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pyrage
import pytest

from console.backup import archive
from console.backup.archive import Member
from console.backup.manifest import FORMAT, About, Manifest, read_about, refuse_newer
from console.backup.sealing import Seal, Secret, identities_in, secret_in
from console.errors import Refused

AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
IDENTITY = pyrage.x25519.Identity.generate()
KEY = Secret(identities=(str(IDENTITY),))
RECIPIENT = str(IDENTITY.to_public())
CONTENTS = {"loft.sqlite3": bytes(range(256)) * 20_000, "secrets/django": b"a secret", "media/empty": b""}


def manifest(**changes) -> Manifest:
    whole = Manifest(
        about=About(FORMAT, "1.0.0", AT), host="here", engine="sqlite", migrations={"console": ["0001_initial"]},
        tables={"console_person": 3}, sizes={name: len(text) for name, text in CONTENTS.items()}, carried=0,
    )  # fmt: skip
    return msgspec.structs.replace(whole, **changes)


def members(folder: Path) -> list[Member]:
    made = []
    for name, text in CONTENTS.items():
        path = folder / hashlib.sha256(name.encode()).hexdigest()
        path.write_bytes(text)
        made.append(Member(name, path, len(text)))
    return made


def written(folder: Path, seal: Seal | None = None, **changes) -> Path:
    folder.mkdir(exist_ok=True)
    target = folder / "it.loft-backup"
    with target.open("w+b") as file:
        archive.write(file, manifest(**changes), seal or Seal(recipients=[RECIPIENT]), members(folder))
    return target


def read(path: Path, secret: Secret = KEY) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    archive.read(archive.open_outside(path), secret, lambda _: lambda name, stream: found.update({name: drain(stream)}))
    return found


def drain(stream) -> bytes:
    pieces = []
    while piece := stream.read(65_536):
        pieces.append(piece)
    return b"".join(pieces)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> bytes:
    return written(tmp_path_factory.mktemp("whole")).read_bytes()


@pytest.fixture(scope="module")
def for_both(tmp_path_factory) -> Path:
    """One for a passphrase and a recipient; a key is derived from the passphrase for a second, so it is made once."""
    return written(tmp_path_factory.mktemp("both"), Seal("correct horse", [RECIPIENT]))


def test_what_was_written_is_read(tmp_path):
    assert read(written(tmp_path)) == CONTENTS


def test_a_recipient_opens_one_that_has_a_passphrase_as_well(for_both):
    assert read(for_both) == CONTENTS


def test_what_it_says_in_the_open_is_version_and_time_only(whole):
    with tarfile.open(fileobj=io.BytesIO(whole)) as outer:
        assert outer.getnames() == ["about.json", "backup.tar.gz.age"]
        told = msgspec.json.decode(outer.extractfile("about.json").read())
    assert told == {"format": 1, "version": "1.0.0", "created_at": "2026-06-01T12:00:00Z"}
    assert b"a secret" not in whole
    assert b"console_person" not in whole


def test_it_opens_without_loft(for_both, tmp_path):
    """As its module says: tar, age, tar. The library stands for the program `age`, whose format it is."""
    with tarfile.open(for_both) as outer:
        identity = pyrage.passphrase.decrypt(outer.extractfile("identity.age").read(), "correct horse").decode()
        stream = outer.extractfile("backup.tar.gz.age").read()
    packed = tmp_path / "backup.tar.gz"
    packed.write_bytes(pyrage.decrypt(stream, [pyrage.x25519.Identity.from_str(identity)]))
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "-xzf", packed, "-C", tmp_path / "out"], check=True)
    assert (tmp_path / "out" / "loft.sqlite3").read_bytes() == CONTENTS["loft.sqlite3"]


def test_its_memory_does_not_grow_with_what_it_holds(tmp_path):
    """A stream is made and taken in pieces: none of what is handed over is larger than a piece."""
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(80_000_000)
    with (tmp_path / "it").open("w+b") as file:
        only = [Member("loft.sqlite3", big, 80_000_000)]
        archive.write(file, manifest(sizes={"loft.sqlite3": 80_000_000}), Seal(recipients=[RECIPIENT]), only)
    largest = [0, 0]

    def take(name, stream):
        while piece := stream.read(archive.PIECE):
            largest[:] = max(largest[0], len(piece)), largest[1] + len(piece)

    archive.read(archive.open_outside(tmp_path / "it"), KEY, lambda _: take)
    assert largest == [archive.PIECE, 80_000_000]


@pytest.mark.parametrize("share", [0.0, 0.001, 0.2, 0.5, 0.9, 0.999])
def test_one_that_was_cut_short_is_refused(whole, tmp_path, share):
    refused(whole[: int(len(whole) * share)], tmp_path)


@pytest.mark.parametrize("missing", [1, 512, 1024, 1025, 5_000])
def test_one_whose_end_is_missing_is_refused(whole, tmp_path, missing):
    refused(whole[:-missing], tmp_path)


@pytest.mark.parametrize("place", [3, 300, 520, 530, 1_040, 1_700, 2_100, 30_000, -3_000])
def test_one_with_a_flipped_bit_is_refused(whole, tmp_path, place):
    damaged = bytearray(whole)
    damaged[place] ^= 1
    refused(bytes(damaged), tmp_path)


def refused(text: bytes, folder: Path) -> None:
    path = folder / "bad"
    path.write_bytes(text)
    with pytest.raises(Refused) as caught:
        read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("secret", "words"), [
    (Secret("wrong"), "the passphrase is wrong"),
    (Secret(), "made for a passphrase"),
    (Secret(identities=("AGE-SECRET-KEY-1NONE",)), "none of age"),
    (Secret(identities=(str(pyrage.x25519.Identity.generate()),)), "for other recipients"),
])  # fmt: skip
def test_another_secret_is_refused_in_clear_words(for_both, secret, words):
    with pytest.raises(Refused, match=words):
        read(for_both, secret)


def test_one_for_recipients_only_asks_for_their_identity(tmp_path):
    with pytest.raises(Refused, match="made for recipients"):
        read(written(tmp_path), Secret("a passphrase"))


def test_what_it_says_in_the_open_cannot_be_altered(whole, tmp_path):
    altered = whole.replace(b"2026-06-01T12", b"2027-06-01T12", 1)
    assert altered != whole
    (tmp_path / "it").write_bytes(altered)
    with pytest.raises(Refused, match="says something else of itself"):
        read(tmp_path / "it")


def test_a_member_that_its_manifest_does_not_name_is_refused(tmp_path):
    with pytest.raises(Refused, match="other files than its manifest names"):
        read(written(tmp_path, sizes={"loft.sqlite3": 1}))


def test_a_member_that_is_larger_than_its_manifest_says_is_refused_before_it_is_taken(tmp_path):
    """Whoever has the public key can make a backup: room is asked for by what the manifest says."""
    taken: list[str] = []
    told = {**manifest().sizes, "loft.sqlite3": 1}
    with pytest.raises(Refused, match="other files than its manifest names"):
        archive.read(
            archive.open_outside(written(tmp_path, sizes=told)), KEY, lambda _: lambda name, _stream: taken.append(name)
        )
    assert taken == []


def test_a_file_that_becomes_shorter_while_it_is_read_is_no_backup(tmp_path):
    longer = [replace(member, size=member.size + 1) for member in members(tmp_path)]
    with pytest.raises(Refused, match="became shorter"), (tmp_path / "it").open("w+b") as file:
        archive.write(file, manifest(), Seal(recipients=[RECIPIENT]), longer)


def test_a_full_disk_is_told_as_what_it_is(tmp_path):
    with pytest.raises(OSError, match="No space left") as caught, Full() as file:
        archive.write(file, manifest(), Seal(recipients=[RECIPIENT]), members(tmp_path))
    assert caught.value.errno == 28


class Full(io.BytesIO):
    """A file on a disk with 100 kB of room; the real one is `test_commands.py`'s."""

    def write(self, piece) -> int:
        if self.tell() + len(piece) > 10_000:
            raise OSError(28, "No space left on device")
        return super().write(piece)


@pytest.mark.parametrize(("text", "words"), [
    (b"{}", "cannot be read"), (b"[]", "cannot be read"), (b"", "cannot be read"), (b'{"format": 1}', "cannot be read"),
    (b'{"format": 2, "anything": true}', "has the format 2, and this Loft reads formats up to 1"),
])  # fmt: skip
def test_what_it_says_of_itself_is_read_or_refused(text, words):
    with pytest.raises(Refused, match=words):
        read_about(text)


@pytest.mark.parametrize(("changes", "words"), [
    ({"about": About(FORMAT, "1.1.0", AT)}, "made by Loft 1.1.0, newer than this Loft 1.0.0"),
    ({"about": About(FORMAT, "1.0.10", AT)}, "made by Loft 1.0.10, newer than this Loft 1.0.0"),
    ({"migrations": {"console": ["0001_initial", "0002_more"]}}, "with the migration console.0002_more"),
])  # fmt: skip
def test_one_of_a_newer_program_is_refused_and_named(changes, words):
    with pytest.raises(Refused, match=words):
        refuse_newer(manifest(**changes), "1.0.0", {"console": ["0001_initial"]})


@pytest.mark.parametrize(
    "migrations", [{}, {"console": ["0001_initial"]}, {"console": ["0000_gone"], "other": ["0009_x"]}]
)
def test_one_of_an_older_program_is_taken(migrations):
    refuse_newer(
        manifest(migrations=migrations, about=About(FORMAT, "0.9.12", AT)), "1.0.0", {"console": ["0001_initial"]}
    )


def test_a_seal_is_for_somebody():
    with pytest.raises(Refused, match="needs a passphrase file or a recipient"):
        Seal()
    with pytest.raises(Refused, match="age1wrong given; expected a public key of age"):
        Seal(recipients=["age1wrong"])


@pytest.mark.parametrize(("text", "words"), [(b"", "is empty"), (b"\n\n", "is empty"), (b"\xff\xfe", "cannot be read")])
def test_a_passphrase_file_without_a_passphrase_is_refused(tmp_path, text, words):
    (tmp_path / "p").write_bytes(text)
    with pytest.raises(Refused, match=words):
        secret_in(tmp_path / "p", "passphrase")


def test_a_secret_is_the_first_line_and_identities_are_lines_without_comments(tmp_path):
    (tmp_path / "p").write_text("correct horse \nnot this\n")
    assert secret_in(tmp_path / "p", "passphrase") == "correct horse"
    (tmp_path / "i").write_text("# created: today\nAGE-SECRET-KEY-1A\nAGE-SECRET-KEY-1B\n")
    assert identities_in(tmp_path / "i") == ("AGE-SECRET-KEY-1A", "AGE-SECRET-KEY-1B")
    with pytest.raises(Refused, match="cannot be read: No such file"):
        identities_in(tmp_path / "none")
