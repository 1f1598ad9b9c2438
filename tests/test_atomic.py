"""Files are written whole or not at all, and only where a file may be."""

from __future__ import annotations

import os
import stat

import pytest

from edgetwin.atomic import write_atomic
from edgetwin.errors import EdgetwinError, OutputError


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "x.bin"
    assert write_atomic(path, lambda file: file.write(b"one")) == path
    write_atomic(str(path), lambda file: file.write(b"two"))
    assert path.read_bytes() == b"two"
    assert names(tmp_path) == ["x.bin"]


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), ValueError("bad"), KeyboardInterrupt()])
def test_a_failure_half_way_leaves_what_was_there(tmp_path, failure):
    path = tmp_path / "x.bin"
    path.write_bytes(b"before")

    def half(file):
        file.write(b"half")
        file.flush()
        assert len(names(tmp_path)) == 2, "written under another name"
        raise failure

    expected = OutputError if isinstance(failure, OSError) else type(failure)
    with pytest.raises(expected, match=r"No space left on device|bad|^$"):
        write_atomic(path, half)
    assert path.read_bytes() == b"before"
    assert names(tmp_path) == ["x.bin"]


@pytest.mark.parametrize("place", ["missing/x.bin", "file/x.bin", "folder"])
def test_places_that_cannot_be_written(tmp_path, place):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="cannot write") as caught:
        write_atomic(tmp_path / place, lambda file: file.write(b"x"))
    assert isinstance(caught.value, (EdgetwinError, OSError))
    assert str(tmp_path / place) in str(caught.value)
    assert names(tmp_path) == ["file", "folder"]
    assert names(tmp_path / "folder") == []


def test_what_is_there_and_no_file_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match="not a regular file"):
        write_atomic(pipe, lambda file: file.write(b"x"))
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert names(tmp_path) == ["pipe"]


def test_links_are_followed_and_permissions_kept(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"before")
    target.chmod(0o600)
    link.symlink_to(target)
    write_atomic(link, lambda file: file.write(b"after"))
    assert link.is_symlink()
    assert target.read_bytes() == b"after"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    write_atomic(tmp_path / "new", lambda file: file.write(b"x"))
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o644


@pytest.mark.parametrize("name", ["a\0b", "loop", "n" * 300, "new/", ""])
def test_names_that_no_file_can_have(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(OutputError, match="cannot write"):
        write_atomic(name, lambda file: file.write(b"x"))
    assert names(tmp_path) == ["loop"]


def test_the_longest_name(tmp_path):
    path = tmp_path / ("n" * 255)
    write_atomic(path, lambda file: file.write(b"x"))
    assert names(tmp_path) == [path.name]
