"""The demo's events: what is on, who goes, who waits, who has been offered a seat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from lab_tui.demo.days import at, draw
from lab_tui.demo.programme import MEMBER_TO_TRY, MEMBER_WITH_OFFER, PEOPLE_TO_TRY, issue
from lab_tui.store.tables.events import Event, Offer, Session, SignUp
from lab_tui.store.tables.people import Person


@dataclass(frozen=True)
class _Occasion:
    """An event of one session: day number, hours, seats, and how many go and wait."""

    kind: str
    title: str
    speaker: str
    place: str
    day: int
    start: float
    end: float
    capacity: int
    going: int
    waiting: int = 0
    # What makes it worth trying.
    mark: str = ""


SEMINAR, WORKSHOP, PANTRY = "Seminar room", "Workshop room", "Pantry"
_OFFERED, _CALLED_OFF, _ROOM_FOR_ME = "offered", "called off", "room for me"

_ABOUT = {
    "workshop": "Bring a laptop; GPUs are here. You leave with something that runs.",
    "seminar": "A talk, then questions for as long as there are some.",
    "office_hours": "Twenty minutes each, in the order of arrival. Bring your numbers.",
    "demo_day": "Every team shows what works. Five minutes, no slides about the market.",
}

# The demo week: something runs or is soon to run at any hour of any day.
_THIS_WEEK = (
    _Occasion("office_hours", "Cloud credits, with Benny", "Benny Chow", PANTRY, 0, 9.5, 11.5, 8, 5),
    _Occasion("workshop", "Fine-tuning on a budget", "Liu Yang", SEMINAR, 0, 14, 16, 40, 33),
    _Occasion("seminar", "What investors read first", "Stanley Kwok", SEMINAR, 0, 18.5, 20, 40, 27),
    _Occasion("office_hours", "Patents in an hour", "Raymond Tsang", PANTRY, 1, 10, 12, 6, 6, 3),
    _Occasion("workshop", "Profiling CUDA kernels", "Liu Yang", WORKSHOP, 1, 14.5, 17, 16, 12),
    _Occasion("seminar", "Speech models for Cantonese", "Ka-yan Lau", SEMINAR, 1, 18, 19.5, 40, 22),
    _Occasion("office_hours", "Legal, with Ada Wong", "Ada Wong", PANTRY, 2, 9.5, 11, 6, 5),
    _Occasion("workshop", "Evaluation you can trust", "Prof Helena Cheung", SEMINAR, 2, 14, 16, 30, 26),
    _Occasion("seminar", "Reading X-rays with small models", "Mei Chan", SEMINAR, 2, 16.5, 17.5, 40, 34),
    _Occasion("seminar", "An evening with alumni", "Gordon Leung", PANTRY, 2, 19, 21, 50, 31),
    _Occasion("office_hours", "GPU clinic", "Benny Chow", WORKSHOP, 3, 10, 12, 5, 5, 2),
    _Occasion("workshop", "Agents in production", "Samuel Hui", SEMINAR, 3, 14, 17, 24, 19),
    _Occasion("seminar", "Selling to hospitals", "Amara Okafor", SEMINAR, 3, 18.5, 20, 40, 18),
    _Occasion("office_hours", "Pitch practice", "Isabel Moreno", PANTRY, 4, 9.5, 12, 10, 8),
    _Occasion("demo_day", "Mid-term demo day", "Both cohorts", SEMINAR, 4, 14, 17.5, 60, 52),
    _Occasion("seminar", "Friday lightning talks", "Everybody", PANTRY, 4, 18, 19.5, 50, 29),
    _Occasion("workshop", "Saturday build", "Tin-long Siu", WORKSHOP, 5, 10, 17, 16, 11),
    _Occasion("seminar", "Movie: the early days of AI", "Cecilia Ho", SEMINAR, 5, 19, 21, 40, 14),
    _Occasion("seminar", "Paper reading: sparse attention", "Jia Liang", SEMINAR, 6, 13, 15, 30, 12),
    _Occasion("workshop", "Prepare your week", "Ada Wong", WORKSHOP, 6, 17, 18.5, 16, 7),
)
_AHEAD = (
    _Occasion(
        "seminar", "Founders' finances", "Stanley Kwok", SEMINAR, 7, 17, 18.5, 40, 15, mark=_ROOM_FOR_ME
    ),
    _Occasion("workshop", "Synthetic data, honestly", "Prof Helena Cheung", WORKSHOP, 8, 14, 17, 16, 16, 5),
    _Occasion(
        "workshop", "Retrieval that works", "Samuel Hui", WORKSHOP, 9, 14, 17, 12, 11, 2, mark=_OFFERED
    ),
    _Occasion("seminar", "Chips for small rooms", "Liu Yang", SEMINAR, 10, 16, 17.5, 40, 9, mark=_CALLED_OFF),
    _Occasion("office_hours", "Hiring your first engineer", "Gordon Leung", PANTRY, 11, 10, 12, 6, 3),
    _Occasion("workshop", "Quantise it", "Alan Hung", WORKSHOP, 12, 10, 13, 16, 6, mark=_ROOM_FOR_ME),
    _Occasion("seminar", "Privacy by design", "Raymond Tsang", SEMINAR, 14, 17, 18.5, 40, 8),
    _Occasion("demo_day", "Investors' evening", "Both cohorts", SEMINAR, 17, 17.5, 20.5, 60, 21),
    _Occasion("workshop", "Robots on a desk", "Jason Yip", WORKSHOP, 19, 14, 17, 16, 4),
)
# Those of past weeks come round again: day of the week, then as above.
_REGULAR = (
    ("office_hours", "Office hours: machine learning", "Prof Helena Cheung", PANTRY, 0, 10.0, 12.0, 6),
    ("workshop", "Workshop: from notebook to service", "Liu Yang", WORKSHOP, 1, 14.0, 16.5, 16),
    ("seminar", "Seminar: a paper and a pizza", "Gordon Leung", SEMINAR, 3, 18.0, 19.5, 40),
    ("workshop", "Workshop: talk to customers", "Isabel Moreno", SEMINAR, 4, 14.0, 16.0, 24),
)  # fmt: skip


def fill_events(chance: Random) -> None:
    """Events of nine weeks past, the demo week and three weeks ahead, with sign-ups and tickets."""
    past = [
        _Occasion(kind, title, speaker, place, 7 * week + weekday, start, end, seats, _usual(seats, chance))
        for week in range(-9, 0)
        for kind, title, speaker, place, weekday, start, end, seats in _REGULAR
    ]
    people = [int(row.id) for row in Person.select().where(Person.role != "steward").order_by(Person.id)]
    for occasion in (*past, *_THIS_WEEK, *_AHEAD):
        _fill_event(occasion, people, chance)
    for sign_up in SignUp.select().where(SignUp.state == "going").order_by(SignUp.id):
        if draw(sign_up.id, 7) < 0.3:
            issue(sign_up.person_id, f"ticket {sign_up.id}", sign_up.since, sign_up_id=sign_up.id)


def _usual(seats: int, chance: Random) -> int:
    return round(seats * chance.uniform(0.5, 0.95))


def _fill_event(occasion: _Occasion, people: list[int], chance: Random) -> None:
    event = Event.create(
        kind=occasion.kind,
        title=occasion.title,
        about=_ABOUT[occasion.kind],
        speaker=occasion.speaker,
        capacity=occasion.capacity,
        cancelled=occasion.mark == _CALLED_OFF,
        created_at=at(occasion.day - 28, 10),
    )
    starts_at = at(occasion.day, occasion.start)
    Session.create(
        event=event, place=occasion.place, starts_at=starts_at, ends_at=at(occasion.day, occasion.end)
    )
    going = _guests(occasion, people, chance)
    states = ["going"] * occasion.going + ["waiting"] * occasion.waiting
    first = starts_at - timedelta(days=20)
    rows: list[dict[str, Any]] = []
    for number, (person, state) in enumerate(zip(going, states, strict=True)):
        since = first + timedelta(hours=4 * number, minutes=chance.randrange(200))
        cancelled = occasion.day < 0 and chance.random() < 0.05
        state = "cancelled" if cancelled else state
        rows.append({"event": event, "person": person, "state": state, "since": since})
    SignUp.insert_many(rows).execute()
    if occasion.mark == _OFFERED:
        _offer(event, first)


def _guests(occasion: _Occasion, people: list[int], chance: Random) -> list[int]:
    """Who has signed up; the member to try goes to the larger events of every other day."""
    to_try = {row.name: int(row.id) for row in Person.select().where(Person.name.in_(PEOPLE_TO_TRY))}
    me = to_try[MEMBER_TO_TRY]
    others = [one for one in people if one not in (me, to_try[MEMBER_WITH_OFFER])]
    guests = chance.sample(others, occasion.going + occasion.waiting)
    if 0 <= occasion.day < 7 and occasion.day % 2 == 0 and 12 <= occasion.start < 16:
        guests[0] = me
    return guests


def _offer(event: Event, first: datetime) -> None:
    """A freed seat, held for the member with an offer. Its deadline is set with the present."""
    person = Person.get(Person.name == MEMBER_WITH_OFFER)
    sign_up = SignUp.create(event=event, person=person, state="offered", since=first)
    Offer.create(sign_up=sign_up, made_at=first, deadline=first + timedelta(hours=2))
