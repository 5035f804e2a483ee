"""Room on the disk: marks with hysteresis, a ballast that is given away and made again, and what is refused meanwhile."""

import fcntl
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from console.door.intake import Level
from console.run import disk as disk_
from console.run.disk import Ballast, Disk, Marks, Stage, is_remote
from console.run.disk import disk as installed
from tests.own_disk import own_disk

MB = 1_000_000
MARKS = Marks(warn_bytes=100 * MB, no_bulk_bytes=50 * MB, closed_bytes=20 * MB, ballast_bytes=30 * MB)


class Volume:
    """A file system of so many bytes, a part of which others use; the ballast takes its room."""

    def __init__(self, home, total_mb=1_000):
        self.home, self.total_mb, self.others_mb = home, total_mb, 0

    def leave(self, free_mb):
        """Let others use all but so much of what the ballast leaves."""
        self.others_mb = self.total_mb - free_mb - self.held_mb

    @property
    def held_mb(self):
        try:
            return (self.home / "ballast").stat().st_size / MB
        except FileNotFoundError:
            return 0

    def __call__(self, folder):
        free = int((self.total_mb - self.others_mb - self.held_mb) * MB)
        return SimpleNamespace(f_bavail=max(free, 0), f_frsize=1, f_blocks=self.total_mb * MB)


@pytest.fixture
def volume(tmp_path):
    return Volume(tmp_path)


@pytest.fixture
def disk(volume, tmp_path):
    disk = Disk([("disk", tmp_path)], MARKS, volume)
    disk.keep()
    assert volume.held_mb == 30
    return disk


def stage(disk):
    (room,) = disk.measure()
    return room.stage


@pytest.mark.parametrize(
    ("free_mb", "expected"),
    [
        (101, Stage.WELL),
        (99, Stage.WARN),
        (51, Stage.WARN),
        (49, Stage.NO_BULK),
        (21, Stage.NO_BULK),
        (19, Stage.CLOSED),
    ],
)
def test_each_mark_begins_where_it_says(disk, volume, free_mb, expected):
    volume.leave(free_mb)
    assert stage(disk) == expected


def test_a_mark_is_left_behind_with_a_quarter_to_spare(disk, volume):
    for free_mb, expected in [
        (49, Stage.NO_BULK),
        (62, Stage.NO_BULK),
        (63, Stage.WARN),
        (124, Stage.WARN),
        (126, Stage.WELL),
    ]:
        volume.leave(free_mb)
        assert stage(disk) == expected, free_mb


def test_at_the_lowest_mark_the_ballast_is_given_away_and_opens_nothing(disk, volume):
    volume.leave(19)
    assert stage(disk) == Stage.CLOSED
    assert volume.held_mb == 0
    (room,) = disk.measure()
    assert room.free_bytes == 49 * MB  # what drains may use it
    assert (room.room_bytes, room.stage) == (19 * MB, Stage.CLOSED)
    assert disk.reason().level == Level.CLOSED


def test_what_drains_may_use_the_ballast_up_and_nothing_is_negative(disk, volume):
    volume.leave(19)
    disk.measure()
    volume.leave(3)
    (room,) = disk.measure()
    assert (room.free_bytes, room.room_bytes, room.stage) == (3 * MB, 0, Stage.CLOSED)


def test_the_ballast_is_made_again_once_there_is_room_beyond_it(disk, volume):
    volume.leave(19)
    disk.keep()
    volume.leave(30 + 24)  # a quarter above the mark would be 25
    disk.keep()
    assert (volume.held_mb, stage(disk)) == (0, Stage.CLOSED)
    volume.leave(30 + 26)
    disk.keep()
    assert (volume.held_mb, stage(disk)) == (30, Stage.NO_BULK)
    assert disk.reason().level == Level.NO_BULK


def test_a_process_that_starts_meanwhile_is_of_the_same_opinion(disk, volume, tmp_path):
    volume.leave(19)
    disk.measure()
    volume.leave(30 + 24)
    assert stage(Disk([("disk", tmp_path)], MARKS, volume)) == Stage.CLOSED  # the ballast is missing


def test_while_all_is_well_there_is_no_reason(disk, volume):
    assert disk.reason() is None
    volume.leave(80)
    assert disk.reason() is None  # a warning refuses nothing


def test_the_words_of_a_refusal_name_the_disk_and_no_path(disk, volume, tmp_path):
    for free_mb in (40, 10):
        volume.leave(free_mb)
        reason = disk.reason()
        assert "disk" in reason.text
        assert str(tmp_path) not in reason.text
        assert reason.retry_after_s > 0


def test_a_disk_that_cannot_be_asked_refuses_nobody_and_gives_nothing_away(tmp_path):
    def gone(folder):
        raise OSError("not mounted")

    disk = Disk([("disk", tmp_path)], MARKS, gone)
    (tmp_path / "ballast").write_bytes(b"\0" * 100)
    disk.keep()
    assert (disk.measure(), disk.reason()) == ([], None)
    assert (tmp_path / "ballast").stat().st_size == 100


def test_places_on_one_file_system_are_one(tmp_path):
    (tmp_path / "redis").mkdir()
    places = [("disk", tmp_path), ("redis", tmp_path / "redis"), ("database", tmp_path / "not there")]
    assert [room.name for room in Disk(places, MARKS).measure()] == ["disk"]


def test_a_home_that_is_made_after_its_first_look_is_measured_once_it_is_there(tmp_path):
    home = tmp_path / "home"
    disk = Disk([("disk", home), ("redis", home / "redis")], MARKS)
    assert (disk.measure(), disk.reason()) == ([], None)
    disk.keep()
    home.mkdir()
    assert [room.name for room in disk.measure()] == ["disk"]


def test_without_a_ballast_the_marks_hold_all_the_same(volume, tmp_path):
    disk = Disk([("disk", tmp_path)], Marks(100 * MB, 50 * MB, 20 * MB, 0), volume)
    for free_mb, expected in [(500, Stage.WELL), (19, Stage.CLOSED), (24, Stage.CLOSED), (26, Stage.NO_BULK)]:
        volume.leave(free_mb)
        disk.keep()
        assert stage(disk) == expected
    assert not list(tmp_path.iterdir())


@pytest.fixture
def short():
    """What measures file systems of which only one is short of room: `short(folder)`."""

    def make(folder):
        return lambda asked: SimpleNamespace(
            f_bavail=(1 if asked == folder else 999) * MB, f_frsize=1, f_blocks=999 * MB
        )

    return make


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder that counts as another file system: mounting one takes root."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    real = disk_._device_of
    monkeypatch.setattr(disk_, "_device_of", lambda path: -1 if path == folder else real(path))
    return folder


@pytest.mark.parametrize(("of", "level"), [("backups", None), ("database", Level.CLOSED)])
def test_a_full_disk_of_backups_is_told_and_nothing_is_refused_for_it(short, elsewhere, tmp_path, of, level):
    disk = Disk([("disk", tmp_path), (of, elsewhere)], Marks(9 * MB, 5 * MB, 2 * MB, 0), short(elsewhere), {"backups"})
    rooms = {room.name: room for room in disk.measure()}
    assert (rooms[of].stage, rooms[of].is_spare, rooms["disk"].stage) == (Stage.CLOSED, level is None, Stage.WELL)
    reason = disk.reason()
    assert (reason and reason.level) == level


def test_what_refuses_work_and_keeps_the_ballast_never_asks_the_disk_of_backups(elsewhere, tmp_path):
    """An event loop asks: a share that hangs would hold up everybody."""
    asked = []
    disk = Disk(
        [("disk", tmp_path), ("backups", elsewhere)], MARKS, lambda folder: asked.append(folder) or os.statvfs(folder),
        {"backups"},
    )  # fmt: skip
    disk.reason()
    disk.keep()
    assert set(asked) == {tmp_path}
    disk.measure()
    assert set(asked) == {tmp_path, elsewhere}


MOUNTS = """\
/dev/sda1 / ext4 rw,relatime 0 0
tmpfs /dev/shm tmpfs rw 0 0
systemd-1 /mnt/auto autofs rw,fd=50 0 0
server:/exports/auto /mnt/auto/loft nfs4 rw,hard 0 0
//server/share /mnt/two\\040words cifs rw 0 0
/dev/sdb1 /srv ext4 rw 0 0
s3fs /srv/cloud fuse.s3fs rw 0 0
/dev/sdc1 /srv/cloud/local ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/var/lib/loft/backups", False), ("/dev/shm/backups", False), ("/mnt/auto/loft", True), ("/mnt/auto/other", True),
        ("/mnt/auto/loft/not/made/yet", True), ("/mnt/two words/backups", True), ("/srv/backups", False),
        ("/srv/cloud/backups", True), ("/srv/cloud/local/backups", False), ("relative", False),
    ],
)  # fmt: skip
def test_a_disk_of_another_machine_is_known_by_what_is_mounted(tmp_path, folder, expected):
    (tmp_path / "mounts").write_text(MOUNTS)
    assert is_remote(Path(folder), tmp_path / "mounts") is expected


def test_without_a_list_of_mounts_everything_is_here(tmp_path):
    assert not is_remote(tmp_path, tmp_path / "none")


def test_backups_on_another_machine_are_not_asked_at_all(tmp_path, monkeypatch):
    share, real = tmp_path / "share", Path.stat
    monkeypatch.setattr("console.run.disk.is_remote", lambda folder: folder == share)
    monkeypatch.setattr(
        Path, "stat", lambda path, **how: pytest.fail("it hangs") if path == share else real(path, **how)
    )
    disk = Disk([("disk", tmp_path), ("backups", share)], MARKS, spare={"backups"})
    assert ([room.name for room in disk.measure()], disk.names) == (["disk"], {"disk"})


def test_backups_beside_everything_else_are_no_disk_of_their_own(tmp_path):
    places = [("disk", tmp_path), ("backups", tmp_path / "backups" / "not made yet")]
    [room] = Disk(places, MARKS, spare={"backups"}).measure()
    assert (room.name, room.is_spare) == ("disk", False)


def test_where_backups_will_be_made_is_measured_before_the_first(elsewhere, tmp_path):
    places = [("disk", tmp_path), ("backups", elsewhere / "loft" / "backups")]
    assert [room.name for room in Disk(places, MARKS, spare={"backups"}).measure()] == ["disk", "backups"]


def test_this_installations_backups_are_watched(elsewhere, settings):
    settings.LOFT_BACKUP_DIR = elsewhere
    assert "backups" in installed.__wrapped__().names


# --- the ballast -----------------------------------------------------------------------------------------------------
def test_the_ballast_takes_real_room_and_gives_it_back(tmp_path):
    ballast = Ballast(tmp_path / "ballast", 4 * MB)
    assert ballast.make()
    told = (tmp_path / "ballast").stat()
    assert told.st_size == 4 * MB
    assert told.st_blocks * 512 >= 4 * MB
    assert told.st_mode & 0o777 == 0o600
    assert ballast.missing_bytes == 0
    assert ballast.release()
    assert not ballast.release()
    assert ballast.missing_bytes == 4 * MB


def test_a_ballast_of_another_size_is_made_anew(tmp_path):
    assert Ballast(tmp_path / "ballast", MB).make()
    assert Ballast(tmp_path / "ballast", 3 * MB).make()
    assert (tmp_path / "ballast").stat().st_size == 3 * MB


@pytest.mark.parametrize(("size_bytes", "expected"), [(MB, [MB]), (0, [])])
def test_a_ballast_that_is_larger_than_it_should_be_gives_the_rest_back(tmp_path, size_bytes, expected):
    assert Ballast(tmp_path / "ballast", 3 * MB).make()
    Disk([("disk", tmp_path)], Marks(3, 2, 1, size_bytes)).keep()
    assert [path.stat().st_size for path in tmp_path.iterdir()] == expected


def test_what_a_killed_process_was_about_to_hold_is_given_away_as_well(disk, volume, tmp_path):
    (tmp_path / "ballast").rename(tmp_path / "ballast.draft")
    volume.leave(40)
    assert stage(disk) == Stage.CLOSED
    assert not list(tmp_path.iterdir())


def test_two_processes_do_not_make_it_at_once(tmp_path):
    with (tmp_path / "ballast.draft").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert not Ballast(tmp_path / "ballast", MB).make()
    assert Ballast(tmp_path / "ballast", MB).make()
    assert [path.name for path in tmp_path.iterdir()] == ["ballast"]


# --- a real file system that is really full --------------------------------------------------------------------------
@pytest.fixture
def mounted(tmp_path):
    """A file system of 16 MB."""
    folder = tmp_path / "mounted"
    folder.mkdir()
    with own_disk(folder, 16 * 1_048_576):
        yield folder


SMALL = Marks(warn_bytes=8 * MB, no_bulk_bytes=4 * MB, closed_bytes=2 * MB, ballast_bytes=4 * MB)


def fill(path, left_bytes=0):
    """Write until so much, or nothing, is left."""
    with path.open("ab", buffering=0) as file:
        try:
            while (told := os.statvfs(path.parent)).f_bavail * told.f_frsize > left_bytes:
                file.write(b"x" * 65_536)
        except OSError:
            return


def test_on_a_disk_that_was_filled_at_one_go_there_is_room_for_what_drains(mounted):
    disk = Disk([("disk", mounted)], SMALL)
    disk.keep()
    fill(mounted / "of others")
    with pytest.raises(OSError, match="No space"):
        (mounted / "append").write_bytes(b"x" * 65_536)
    assert disk.reason().level == Level.CLOSED
    assert (mounted / "append").write_bytes(b"x" * 3 * MB) == 3 * MB
    (mounted / "of others").unlink()
    disk.keep()
    assert (mounted / "ballast").stat().st_size == 4 * MB
    assert disk.reason() is None


def test_a_ballast_that_does_not_fit_leaves_nothing_behind(mounted):
    fill(mounted / "of others", 2 * MB)
    assert not Ballast(mounted / "ballast", 4 * MB).make()
    assert [path.name for path in mounted.iterdir()] == ["of others"]


def test_another_file_system_counts_with_its_own_room_and_no_ballast(mounted, tmp_path):
    disk = Disk([("disk", tmp_path), ("database", mounted)], SMALL)
    disk.keep()
    assert disk.reason() is None
    fill(mounted / "of others")
    assert [(room.name, room.stage) for room in disk.measure()] == [("disk", Stage.WELL), ("database", Stage.CLOSED)]
    assert (tmp_path / "ballast").stat().st_size == 4 * MB  # it would help nobody there
    assert disk.reason().level == Level.CLOSED


def test_a_folder_that_may_not_be_looked_into_is_measured_where_it_lies(tmp_path, monkeypatch):
    """As one of backups that another user keeps to himself; root may look into everything, hence by hand."""
    kept = tmp_path / "kept"
    real = Path.stat

    def stat(path, **how):
        if path == kept or kept in path.parents:
            raise PermissionError(13, "Permission denied")
        return real(path, **how)

    monkeypatch.setattr(Path, "stat", stat)
    [room] = Disk([("disk", tmp_path), ("backups", kept / "backups")], MARKS, spare={"backups"}).measure()
    assert room.name == "disk"
