"""The signing key file: the secrets of a lab, readable by the account that runs it and by no other.

Text, one secret a line: the number of a signing key (1 to 31) or the word `pepper`, blanks, then 32 bytes in
hex. Empty lines and lines that start with `#` are skipped.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from hashlib import sha256
from pathlib import Path

from lab_tui.codes.passcode import DEMO_KEY_NUMBER, SECRET_BYTES, KeyRing
from lab_tui.errors import SystemCannot

# Public on purpose: the key number 0 keeps what it signs out of every real lab.
DEMO_KEYS = KeyRing(
    signing_keys={DEMO_KEY_NUMBER: sha256(b"lab-tui demo signing key").digest()},
    pepper=sha256(b"lab-tui demo pepper").digest(),
    demo=True,
)

_MODE = 0o600
_MODE_OF_OTHERS = 0o077
_PEPPER = "pepper"
_MOST_BYTES = 65_536
_LINE = re.compile(rf"([1-9]|[12][0-9]|3[01]|{_PEPPER})\s+([0-9A-Fa-f]{{{2 * SECRET_BYTES}}})", re.ASCII)
_HEADER = """\
# The secrets of this lab. Whoever reads this file can make badges: keep it here, with a copy in a safe.
# A line is the number of a signing key, then the key; the highest number signs, all numbers are accepted.
# Take a key out and every badge that it signed is void: do it with `lab-tui key retire`.
"""


class KeyFile:
    """A key file under a running program: rotated, or copied here anew, it is taken up without a restart.

    What was once taken out of the file is retired: an old copy of it brings no key back while the program
    runs. At its next start the lab's database says again which keys are retired.
    """

    def __init__(self, path: Path, ring: KeyRing, oldest: int) -> None:
        """`ring`: what was read from it; `oldest`: the number below which keys are retired."""
        self.path = path
        self._oldest = oldest
        self._seen = (_stamp(path), ring.without_older(oldest))

    def ring(self) -> KeyRing:
        """The keys in force now. A file that is gone, half copied or another lab's changes nothing."""
        stamp = _stamp(self.path)
        seen, ring = self._seen
        if stamp is None or stamp == seen:
            return ring
        try:
            changed = load_key_file(self.path)
        except SystemCannot:
            # Looked at again at the next call: a copy of it may be under way.
            return ring
        if _is_of_the_same_lab(changed, ring):
            self._oldest = max(self._oldest, min(changed.signing_keys))
            ring = changed.without_older(self._oldest)
        self._seen = (stamp, ring)
        return ring


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What changes with a file's content; None where there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _is_of_the_same_lab(changed: KeyRing, ring: KeyRing) -> bool:
    """Whether both have the pepper and a signing key in common."""
    return changed.pepper == ring.pepper and bool(
        set(changed.signing_keys.items()) & set(ring.signing_keys.items())
    )


def make_key_file(path: Path) -> None:
    """Write new secrets to `path`, mode 0600, whole or not at all.

    Raises SystemCannot `key_exists` (what is there is never overwritten) or `key_unwritable`.
    """
    ring = KeyRing({1: secrets.token_bytes(SECRET_BYTES)}, secrets.token_bytes(SECRET_BYTES))
    draft = _draft_of(path)
    try:
        try:
            _write_privately(draft, _text(ring))
            # Unlike a rename, a link fails where the name is taken.
            os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except FileExistsError:
        raise SystemCannot("key_exists", path=path) from None
    except OSError as error:
        raise SystemCannot("key_unwritable", path=path, problem=error.strerror) from error


def replace_key_file(path: Path, ring: KeyRing) -> None:
    """Put these keys into a file that is there, with its owner and mode 0600.

    Whenever the machine stops, the file is the old one or the new one, whole. Raises SystemCannot
    `key_unwritable`.
    """
    path = path.resolve()
    draft = _draft_of(path)
    try:
        owner = path.stat()
        try:
            _write_privately(draft, _text(ring))
            if (owner.st_uid, owner.st_gid) != (draft.stat().st_uid, draft.stat().st_gid):
                os.chown(draft, owner.st_uid, owner.st_gid)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise SystemCannot("key_unwritable", path=path, problem=error.strerror) from error


def load_key_file(path: Path) -> KeyRing:
    """The key ring in `path`.

    Raises SystemCannot `key_missing`, `key_open_to_others` (with the `mode`) or `key_unreadable` (with the
    `problem`, and the `line` where it is in one).
    """
    try:
        content = _read_privately(path)
    except FileNotFoundError:
        raise SystemCannot("key_missing", path=path) from None
    except OSError as error:
        raise SystemCannot("key_unreadable", path=path, problem=error.strerror) from error
    return _key_ring(content.decode("ascii", "replace"), path)


def _draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


def _text(ring: KeyRing) -> str:
    lines = [f"{number} {key.hex()}\n" for number, key in sorted(ring.signing_keys.items())]
    return "".join([_HEADER, *lines, f"{_PEPPER} {ring.pepper.hex()}\n"])


def _key_ring(text: str, path: Path) -> KeyRing:
    found: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None or match[1] in found:
            problem = "not_a_key" if match is None else "twice"
            raise SystemCannot("key_unreadable", path=path, problem=problem, line=number)
        found[match[1]] = bytes.fromhex(match[2])
    pepper = found.pop(_PEPPER, None)
    if pepper is None or not found:
        raise SystemCannot("key_unreadable", path=path, problem="no_pepper" if found else "no_signing_key")
    return KeyRing({int(name): key for name, key in found.items()}, pepper)


def _read_privately(path: Path) -> bytes:
    # Opening a pipe without O_NONBLOCK would wait for its other end.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise SystemCannot("key_unreadable", path=path, problem="not_a_file")
        if mode & _MODE_OF_OTHERS:
            raise SystemCannot("key_open_to_others", path=path, mode=f"{stat.S_IMODE(mode):04o}")
        return os.read(descriptor, _MOST_BYTES)
    finally:
        os.close(descriptor)


def _write_privately(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    with open(descriptor, "w", encoding="ascii") as file:
        os.fchmod(descriptor, _MODE)
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
