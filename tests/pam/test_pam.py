"""The README's lines for PAM at work, with the real pam_exec: who has booked gets in, nobody else does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab_tui.lab import gpus
from lab_tui.lab.gpus import BookingWish
from lab_tui.store.tables.people import Person
from tests.world import World

README = Path(__file__).parent.parent.parent / "README.md"
SERVICES = Path("/etc/pam.d")
# What Debian's file ends with, before anything is added.
END_OF_COMMON_ACCOUNT = "account required pam_permit.so\n"
LAB_TUI = Path(sys.executable).parent / "lab-tui"

pytestmark = [
    pytest.mark.skipif(shutil.which("pamtester") is None, reason="Debian's pamtester is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can add a service to /etc/pam.d"),
]

LogIn = Callable[[str], "subprocess.CompletedProcess[str]"]


def readme_lines(lab_tui: Path, folder: Path) -> str:
    """The lines that the README tells people to add, for the program and the lab of this test."""
    [block] = re.findall(r"^```pam\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for told, here in (("/opt/lab-tui/bin/lab-tui", lab_tui), ("/srv/lab ", f"{folder} ")):
        assert told in block
        block = block.replace(told, str(here))
    return str(block)


@pytest.fixture
def log_in(tmp_path: Path, world: World) -> Iterator[LogIn]:
    """Ask PAM about somebody who logs in, through a service of its own with the README's lines."""
    (tmp_path / "lab.toml").write_text(f'[store]\nurl = "{world.lab.store.address}"\n', encoding="utf-8")
    service = SERVICES / f"lab-tui-test-{uuid.uuid4().hex}"
    service.write_text(END_OF_COMMON_ACCOUNT + readme_lines(LAB_TUI, tmp_path), encoding="utf-8")
    try:
        yield lambda user: subprocess.run(
            ["pamtester", service.name, user, "acct_mgmt"], capture_output=True, text=True, check=False
        )
    finally:
        service.unlink()


@pytest.fixture
def mei(world: World) -> Person:
    """Mei Chan, who has booked kowloon from the present slot on."""
    now = world.clock.instant = datetime.now(UTC)
    startup = world.startup(stage="incu_tech")
    person = world.person("Mei Chan", startup=startup, unix_name="lab-tui-mei")
    world.person("Ken Lam", startup=startup, unix_name="lab-tui-ken")
    machine = world.workstation("kowloon")
    slot = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    wish = BookingWish(machine.id, (0,), slot, slot + timedelta(hours=2))
    gpus.book(world.lab, world.actor(person), wish)
    return person


def test_who_has_booked_gets_in(log_in: LogIn, mei: Person) -> None:
    told = log_in("lab-tui-mei")
    assert told.returncode == 0, told
    assert "CUDA_VISIBLE_DEVICES=0" in told.stdout + told.stderr


@pytest.mark.parametrize(
    ("user", "says"),
    [
        ("lab-tui-ken", "You have no booking on kowloon now."),
        ("lab-tui-eve", "The lab knows nobody with the unix name lab-tui-eve."),
    ],
)
def test_who_has_not_is_told_why(log_in: LogIn, mei: Person, user: str, says: str) -> None:
    told = log_in(user)
    assert told.returncode != 0, told
    assert says in told.stdout + told.stderr


def test_a_booking_given_back_lets_nobody_in(log_in: LogIn, world: World, mei: Person) -> None:
    [booking] = gpus.bookings_of(world.lab, world.actor(mei))
    gpus.cancel(world.lab, world.actor(mei), booking.id)
    assert log_in("lab-tui-mei").returncode != 0


def test_root_gets_in_whatever_the_lab_says(log_in: LogIn, mei: Person) -> None:
    assert log_in("root").returncode == 0


def test_where_the_lab_cannot_be_asked_nobody_gets_in_but_root(
    log_in: LogIn, tmp_path: Path, mei: Person
) -> None:
    (tmp_path / "lab.toml").write_text('[store]\nurl = "/nowhere/lab.db"\n', encoding="utf-8")
    assert log_in("lab-tui-mei").returncode != 0
    assert log_in("root").returncode == 0
