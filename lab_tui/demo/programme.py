"""The demo's programme: cohorts, start-ups, people, their passes and PINs."""

from __future__ import annotations

import hmac
from datetime import date, datetime, timedelta
from hashlib import sha256

from argon2.low_level import Type, hash_secret

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.demo.days import DEMO_DAY, FOUNDED, at
from lab_tui.demo.names import INCU_TECH, MENTORS, NEWER, OLDER, STAFF, STEWARD, TEAMS, VISITORS, Somebody
from lab_tui.store.tables.lab import Kiosk, Lab
from lab_tui.store.tables.people import Cohort, Pass, Person, Programme, StaffPin, Startup

# Public on purpose: the demo's staff sign in with it.
DEMO_PIN = "246810"

MEMBER_TO_TRY = "Mei Chan"
MEMBER_WITH_OFFER = "Kenji Lam"
MENTOR_TO_TRY = "Prof Helena Cheung"
STAFF_TO_TRY = "Ada Wong"
LOST_BADGE = "Ka-yan Lau"
# They get the first ids, in this order.
PEOPLE_TO_TRY = (MEMBER_TO_TRY, MEMBER_WITH_OFFER, MENTOR_TO_TRY, STAFF_TO_TRY, LOST_BADGE)

FIRST_DAYS = {OLDER: date(2026, 6, 22), NEWER: date(2026, 10, 5)}
LAST_DAYS = {OLDER: date(2026, 12, 20), NEWER: date(2027, 4, 4)}
CAPACITIES = {OLDER: 6, NEWER: 10}
_JOINED_INCU_TECH = date(2026, 4, 6)


def cohort_names(first_day_of_newer: date) -> dict[str, str]:
    """The names of both cohorts, as year and half of the year; the older one is a half earlier."""
    year, half = first_day_of_newer.year, 1 if first_day_of_newer.month <= 6 else 2
    older = f"{year}-1" if half == 2 else f"{year - 1}-2"
    return {OLDER: older, NEWER: f"{year}-{half}"}


def fill_programme() -> None:
    """The lab's own row, kiosks, cohorts, start-ups and everybody in them."""
    Lab.create(id=1, kind="demo", key_fingerprint="demo", created_at=FOUNDED, demo_day=DEMO_DAY)
    Kiosk.create(name="Lobby", place="By the door")
    Kiosk.create(name="Seminar", place="Seminar room")
    _fill_cohorts()
    _fill_people()
    for person in Person.select().order_by(Person.id):
        _give_badge(person)
        if person.role in ("staff", "steward"):
            StaffPin.create(person=person, pin_hash=_pin_hash(person.id), changed_at=FOUNDED)


def _fill_cohorts() -> None:
    programme = Programme.create(name="Accelerator")
    for batch, name in cohort_names(FIRST_DAYS[NEWER]).items():
        Cohort.create(
            programme=programme,
            name=name,
            first_day=FIRST_DAYS[batch],
            last_day=LAST_DAYS[batch],
            capacity=CAPACITIES[batch],
        )
    cohorts = dict(zip((OLDER, NEWER), Cohort.select().order_by(Cohort.first_day), strict=True))
    for team in TEAMS:
        Startup.create(
            name=team.name,
            other_name=team.other_name,
            cohort=cohorts.get(team.batch),
            stage="incu_tech" if team.batch == INCU_TECH else "accelerator",
            about=team.about,
            joined_on=FIRST_DAYS.get(team.batch, _JOINED_INCU_TECH),
        )


def _fill_people() -> None:
    startups = {startup.name: startup.id for startup in Startup.select()}
    everybody: list[tuple[Somebody, int | None, str]] = [
        (somebody, startups[team.name], team.mail_domain) for team in TEAMS for somebody in team.members
    ]
    guests = (*MENTORS, *VISITORS)
    everybody += [(somebody, None, "guests.example") for somebody in guests]
    everybody += [(somebody, None, "harbour-ai-lab.example") for somebody in (*STAFF, STEWARD)]
    known = {name: number for number, name in enumerate(PEOPLE_TO_TRY)}
    everybody.sort(key=lambda entry: known.get(entry[0].name, len(known)))
    for number, (somebody, startup_id, domain) in enumerate(everybody, start=1):
        has_account = somebody.role in ("member", "staff")
        Person.create(
            id=number,
            name=somebody.name,
            other_name=somebody.other_name,
            role=somebody.role,
            startup=startup_id,
            title=somebody.title,
            email=f"{somebody.unix_name}@{domain}",
            unix_name=somebody.unix_name if has_account else None,
            language=somebody.language,
            created_at=_known_since(startup_id, number),
        )


def _known_since(startup_id: int | None, number: int) -> datetime:
    if startup_id is None:
        return FOUNDED + timedelta(hours=number)
    joined = Startup.get_by_id(startup_id).joined_on
    return max(FOUNDED, FOUNDED + timedelta(days=(joined - FOUNDED.date()).days)) + timedelta(minutes=number)


def _give_badge(person: Person) -> None:
    if person.name != LOST_BADGE:
        issue(person.id, "badge", person.created_at)
        return
    lost_at = at(-6, 17.25)
    issue(person.id, "lost badge", person.created_at, revoked_at=lost_at, revoked_because="lost")
    issue(person.id, "badge", lost_at)


def issue(person_id: int, label: str, issued_at: datetime, **more: object) -> None:
    """Give a pass whose id is the same in every build; fit for a demo only, as it can be guessed."""
    code_id = sha256(f"lab-tui demo {label} {person_id}".encode()).hexdigest()[:16]
    kind = "ticket" if "sign_up_id" in more else "person"
    Pass.create(code_id=code_id, kind=kind, person=person_id, issued_at=issued_at, **more)


def _pin_hash(person_id: int) -> str:
    """The hash that `lab.people` checks a PIN against, with a salt that is the same in every build."""
    peppered = hmac.new(DEMO_KEYS.pepper, DEMO_PIN.encode(), sha256).hexdigest()
    salt = sha256(f"lab-tui demo salt {person_id}".encode()).digest()[:16]
    hashed = hash_secret(
        peppered.encode(), salt, time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, type=Type.ID
    )
    return hashed.decode()
