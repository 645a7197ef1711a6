"""People: who a pass belongs to, staff sign-in, badges."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import Any

from lab_tui.codes.passcode import CodeProblem, CodeRejected, PassKind, new_pass_id
from lab_tui.errors import BadInput, Reason, Refused
from lab_tui.i18n import LANGUAGES
from lab_tui.lab import audit
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.people_search import matching
from lab_tui.lab.rules.permissions import WITH_PIN, Permission, Role
from lab_tui.lab.rules.pins import check_pin, pause_after, tries_left
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.guards import GuardBroken
from lab_tui.store.tables.events import Event, Offer, SignUp
from lab_tui.store.tables.gpus import Booking
from lab_tui.store.tables.lab import Lab as LabRow
from lab_tui.store.tables.people import Cohort, Pass, Person, StaffPin, Startup
from lab_tui.text import clean

_ROLES_OF_PEOPLE = (Role.MEMBER, Role.MENTOR, Role.VISITOR, Role.STEWARD, Role.STAFF)
# useradd(8) on Debian, without the trailing dollar sign.
_UNIX_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_MOST_FOUND = 200


@dataclass(frozen=True)
class PersonView:
    """A person, as screens show them."""

    id: int
    name: str
    other_name: str
    role: str
    title: str
    startup_id: int | None
    startup_name: str
    cohort_name: str
    language: str
    has_pin: bool


@dataclass(frozen=True)
class NewPerson:
    """What is needed to add a person; `startup_id` for members only."""

    name: str
    role: str
    other_name: str = ""
    title: str = ""
    startup_id: int | None = None
    email: str = ""
    unix_name: str | None = None
    language: str = ""


@dataclass(frozen=True)
class DemoBadge:
    """A demo person whose badge can be tried without a scanner."""

    person: PersonView
    code: str
    # What makes this person worth trying: booking_now, offer, mentor, lost_badge or staff.
    why: str


def person_of_code(lab: Lab, code: str) -> PersonView:
    """Who holds the pass that a code is of. The code is verified before the database is asked.

    Raises Refused: code_not_ours, code_damaged, pass_unknown, pass_revoked, person_inactive.
    """
    try:
        read = lab.keys.read(code)
    except CodeRejected as rejected:
        damaged = rejected.problem is CodeProblem.MALFORMED
        raise Refused(Reason(Code.CODE_DAMAGED if damaged else Code.CODE_NOT_OURS)) from None
    with reading(lab):
        held = Pass.get_or_none((Pass.code_id == f"{read.pass_id:016x}") & (Pass.kind == read.kind.value))
        if held is None:
            raise Refused(Reason(Code.PASS_UNKNOWN))
        if held.revoked_at is not None:
            raise Refused(Reason(Code.PASS_REVOKED, {"at": held.revoked_at}))
        person = _person(held.person_id)
        return _view(person.id)


def person_view(lab: Lab, person_id: int) -> PersonView:
    """One person. Raises Refused(unknown_person)."""
    with reading(lab):
        return _view(person_id)


def find(lab: Lab, actor: Actor, words: str, limit: int = 50) -> tuple[PersonView, ...]:
    """Active people whose name, start-up or unix name holds all the words, in any script or case, by name.

    Raises Refused.
    """
    with reading(lab):
        authorise(lab, actor, Permission.SEE_TODAY)
        everybody = Person.select().left_outer_join(Startup).where(Person.active)
        found = matching(lab.store, words, everybody.order_by(Person.name, Person.id))
        return views_of(list(islice(found, min(limit, _MOST_FOUND))))


def remember_language(lab: Lab, actor: Actor, language: str) -> None:
    """Greet the actor in this language from now on. Raises BadInput, Refused."""
    if language not in LANGUAGES:
        raise BadInput("language", language, "not_a_choice", choices=", ".join(LANGUAGES))
    with writing(lab):
        person = authorise(lab, actor, Permission.SEE_OWN_DAY)
        if person is None or person.language == language:
            return
        Person.update(language=language).where(Person.id == person.id).execute()
        audit.record(lab, actor, "people.remember_language", "person", person.id, {"language": language})


def sign_in(lab: Lab, actor: Actor, pin: str) -> Actor:
    """The actor with staff's permissions. Counts wrong PINs in the database and pauses after too many.

    A try is counted before the PIN is verified, so that tries at the same time cannot get around the
    limit, and so that the slow verification holds no lock. Raises Refused: wrong_pin, pin_paused,
    no_pin, not_allowed.
    """
    pin_hash, wrong_tries = _count_try(lab, actor)
    right = _verify(pin_hash, pin, lab.keys.pepper)
    with writing(lab):
        if right:
            StaffPin.update(wrong_tries=0, paused_until=None).where(
                StaffPin.person == actor.person_id, StaffPin.pin_hash == pin_hash
            ).execute()
        action = "people.sign_in" if right else "people.sign_in_failed"
        audit.record(lab, actor, action, "person", actor.person_id)
        paused_until = StaffPin.get_by_id(actor.person_id).paused_until
    if right:
        return replace(actor, signed_in=True)
    reasons = [Reason(Code.WRONG_PIN, {"tries_left": tries_left(wrong_tries, lab.config.staff.tries)})]
    if paused_until is not None and paused_until > lab.now():
        reasons.append(Reason(Code.PIN_PAUSED, {"until": paused_until}))
    raise Refused(*reasons)


def _count_try(lab: Lab, actor: Actor) -> tuple[str, int]:
    """Count a try as wrong until it proves right; returns the PIN's hash and the tries so far."""
    policy = lab.config.staff
    now = lab.now()
    with writing(lab):
        person = authorise(lab, actor, Permission.SEE_OWN_DAY)
        if person is None or Role(person.role) not in WITH_PIN:
            raise Refused(Reason(Code.NOT_ALLOWED))
        lab.store.lock(StaffPin, person.id)
        kept = StaffPin.get_or_none(StaffPin.person == person.id)
        if kept is None:
            raise Refused(Reason(Code.NO_PIN))
        if kept.paused_until is not None and kept.paused_until > now:
            raise Refused(Reason(Code.PIN_PAUSED, {"until": kept.paused_until}))
        wrong_tries = int(kept.wrong_tries) + 1
        pause = pause_after(wrong_tries, policy.tries, policy.pause_seconds)
        kept.wrong_tries = wrong_tries
        kept.paused_until = now + pause if pause else None
        kept.save()
        return str(kept.pin_hash), wrong_tries


def set_pin(lab: Lab, actor: Actor, person_id: int, pin: str) -> None:
    """Set a staff member's PIN (argon2id with the key file's pepper). Raises BadInput, Refused."""
    check_pin(pin, lab.config.staff.pin_digits)
    pin_hash = _hasher().hash(_peppered(pin, lab.keys.pepper))
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_PEOPLE)
        lab.store.lock(Person, person_id)
        if Role(_person(person_id).role) not in WITH_PIN:
            raise Refused(Reason(Code.NOT_ALLOWED))
        fresh = {"pin_hash": pin_hash, "wrong_tries": 0, "paused_until": None, "changed_at": lab.now()}
        if not StaffPin.update(**fresh).where(StaffPin.person == person_id).execute():
            StaffPin.insert(person=person_id, **fresh).execute()
        audit.record(lab, actor, "people.set_pin", "person", person_id)


def _hasher() -> Any:
    """Argon2id at OWASP's second setting (19 MiB, 2 passes, 1 lane): 36 ms, and no fast guessing."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def _peppered(pin: str, pepper: bytes) -> str:
    return hmac.new(pepper, pin.encode(), hashlib.sha256).hexdigest()


def _verify(pin_hash: str, pin: str, pepper: bytes) -> bool:
    from argon2.exceptions import VerifyMismatchError

    try:
        return bool(_hasher().verify(pin_hash, _peppered(pin, pepper)))
    except VerifyMismatchError:
        return False


def add(lab: Lab, actor: Actor, new: NewPerson, *, request_key: str | None = None) -> Done[PersonView]:
    """Add a person. Raises BadInput, Refused."""
    person_to_be = cleaned(new)
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_PEOPLE)
        if prior := audit.done_before(request_key, actor, "people.add"):
            return Done(_view(prior[1]), prior[0])
        if new.startup_id is not None and not Startup.select().where(Startup.id == new.startup_id).exists():
            raise BadInput("startup_id", new.startup_id, "unknown")
        refuse_unix_name_taken(new.unix_name)
        person = Person.create(created_at=lab.now(), **vars(person_to_be))
        facts = {"name": person.name, "role": person.role, "startup": person.startup_id}
        entry = audit.record(lab, actor, "people.add", "person", person.id, facts, request_key=request_key)
        return Done(_view(person.id), entry)


def refuse_unix_name_taken(unix_name: str | None) -> None:
    """Raises BadInput where somebody has this account, in the caller's transaction."""
    if unix_name and Person.select().where(Person.unix_name == unix_name).exists():
        raise BadInput("unix_name", unix_name, "taken")


def cleaned(new: NewPerson) -> NewPerson:
    """The new person as stored. Raises BadInput for the first field that is wrong."""
    if new.role not in _ROLES_OF_PEOPLE:
        raise BadInput("role", new.role, "not_a_choice", choices=", ".join(_ROLES_OF_PEOPLE))
    if new.role == Role.MEMBER and new.startup_id is None:
        raise BadInput("startup_id", None, "empty")
    if new.role != Role.MEMBER and new.startup_id is not None:
        raise BadInput("startup_id", new.startup_id, "members_only")
    email = clean(new.email, field="email", required=False, at_most=254)
    if email and not _EMAIL.fullmatch(email):
        raise BadInput("email", email, "not_an_email")
    if new.unix_name is not None and not _UNIX_NAME.fullmatch(new.unix_name):
        raise BadInput("unix_name", new.unix_name, "not_a_unix_name")
    if new.language and new.language not in LANGUAGES:
        raise BadInput("language", new.language, "not_a_choice", choices=", ".join(LANGUAGES))
    return replace(
        new,
        name=clean(new.name, field="name"),
        other_name=clean(new.other_name, field="other_name", required=False),
        title=clean(new.title, field="title", required=False),
        role=str(new.role),
        email=email,
    )


def badge_code(lab: Lab, actor: Actor, person_id: int) -> str:
    """The code on a person's badge (one's own, or anybody's for staff); issued if they have none."""
    try:
        with lab.store.write():
            own = person_id == actor.person_id
            authorise(lab, actor, Permission.SEE_OWN_DAY if own else Permission.MANAGE_PEOPLE)
            _person(person_id)
            live = _live(Pass.person == person_id, PassKind.PERSON)
            return _code(lab, live) if live else _issue(lab, actor, PassKind.PERSON, person_id)
    except GuardBroken:
        return _issued_meanwhile(lab, Pass.person == person_id, PassKind.PERSON)


def ticket_code(lab: Lab, actor: Actor, sign_up_id: int) -> str:
    """The code of the ticket for a sign-up (one's own, or anybody's for staff); issued if there is none.

    Raises Refused: not_yours, not_signed_up.
    """
    try:
        with lab.store.write():
            person = authorise(lab, actor, Permission.SIGN_UP)
            place = SignUp.select(SignUp, Event).join(Event).where(SignUp.id == sign_up_id).first()
            if place is None or person is None or place.person_id != person.id:
                _authorise_for_others(lab, actor)
            if place is None:
                raise Refused(Reason(Code.NOT_SIGNED_UP))
            if place.state != "going":
                raise Refused(Reason(Code.NOT_SIGNED_UP, {"title": place.event.title}))
            live = _live(Pass.sign_up_id == sign_up_id, PassKind.TICKET)
            kind = PassKind.TICKET
            return _code(lab, live) if live else _issue(lab, actor, kind, place.person_id, sign_up_id)
    except GuardBroken:
        return _issued_meanwhile(lab, Pass.sign_up_id == sign_up_id, PassKind.TICKET)


def _authorise_for_others(lab: Lab, actor: Actor) -> None:
    try:
        authorise(lab, actor, Permission.MANAGE_EVENTS)
    except Refused as refused:
        if refused.codes == {Code.NOT_ALLOWED}:
            raise Refused(Reason(Code.NOT_YOURS)) from None
        raise


def reissue_badge(
    lab: Lab, actor: Actor, person_id: int, because: str, request_key: str | None = None
) -> str:
    """Revoke a person's badge and give a new one, in one act; returns the new code.

    Repeated with the same request key it returns the code that it gave. Raises BadInput, Refused.
    """
    reason = clean(because, field="because")
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_PEOPLE)
        lab.store.lock(Person, person_id)
        _person(person_id)
        return _reissue(lab, actor, _Held(PassKind.PERSON, person_id), reason, request_key)


def reissue_ticket(
    lab: Lab, actor: Actor, sign_up_id: int, because: str, request_key: str | None = None
) -> str:
    """Revoke the ticket of a place in an event and give a new one, in one act; returns the new code.

    Repeated with the same request key it returns the code that it gave. Raises BadInput, Refused.
    """
    reason = clean(because, field="because")
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_PEOPLE)
        place = SignUp.select(SignUp, Event).join(Event).where(SignUp.id == sign_up_id).first()
        if place is None or place.state != "going":
            raise Refused(Reason(Code.NOT_SIGNED_UP, {"title": place.event.title} if place else {}))
        lab.store.lock(Person, place.person_id)
        _person(place.person_id)
        held = _Held(PassKind.TICKET, place.person_id, sign_up_id)
        return _reissue(lab, actor, held, reason, request_key)


@dataclass(frozen=True)
class _Held:
    """Which pass of a person: their badge, or the ticket of a place in an event."""

    kind: PassKind
    person_id: int
    sign_up_id: int | None = None

    @property
    def rows(self) -> Any:
        """Its rows: the one in force and those before it."""
        place = Pass.sign_up_id
        of_it = place.is_null() if self.sign_up_id is None else place == self.sign_up_id
        return (Pass.person == self.person_id) & of_it


def _reissue(lab: Lab, actor: Actor, held: _Held, because: str, request_key: str | None) -> str:
    """Revoke what is in force and issue its successor, the person being held."""
    if prior := audit.done_before(request_key, actor, "people.issue_pass"):
        return _code(lab, Pass.get_by_id(prior[1]))
    live = _live(held.rows, held.kind)
    if live is not None:
        Pass.update(revoked_at=lab.now(), revoked_because=because).where(Pass.id == live.id).execute()
        action = "people.revoke_badge" if held.kind is PassKind.PERSON else "people.revoke_ticket"
        audit.record(lab, actor, action, "pass", live.id, {"because": because})
    return _issue(lab, actor, held.kind, held.person_id, held.sign_up_id, request_key)


def _live(whose: Any, kind: PassKind) -> Any:
    """The row of the pass that is in force, or None."""
    return Pass.get_or_none(whose & (Pass.kind == kind.value) & Pass.revoked_at.is_null())


def _issued_meanwhile(lab: Lab, whose: Any, kind: PassKind) -> str:
    """The code of a pass that somebody else issued at the same moment."""
    with reading(lab):
        live = _live(whose, kind)
    if live is None:
        raise Refused(Reason(Code.CHANGED_MEANWHILE))
    return _code(lab, live)


def _issue(
    lab: Lab,
    actor: Actor,
    kind: PassKind,
    person_id: int,
    sign_up_id: int | None = None,
    request_key: str | None = None,
) -> str:
    made = Pass.create(
        code_id=f"{new_pass_id():016x}",
        kind=kind.value,
        person=person_id,
        sign_up_id=sign_up_id,
        issued_at=lab.now(),
    )
    facts = {"person": person_id, "kind": kind.value}
    audit.record(lab, actor, "people.issue_pass", "pass", made.id, facts, request_key=request_key)
    return _code(lab, made)


def _code(lab: Lab, held: Any) -> str:
    """The code of a pass's row."""
    return lab.keys.issue(PassKind(held.kind), int(held.code_id, 16))


def _person(person_id: int) -> Any:
    """An active person's row. Raises Refused: unknown_person, person_inactive."""
    person = Person.get_or_none(Person.id == person_id)
    if person is None:
        raise Refused(Reason(Code.UNKNOWN_PERSON, {"person": person_id}))
    if not person.active:
        raise Refused(Reason(Code.PERSON_INACTIVE, {"name": person.name}))
    return person


def _view(person_id: int) -> PersonView:
    views = views_of([person_id])
    if not views:
        raise Refused(Reason(Code.UNKNOWN_PERSON, {"person": person_id}))
    return views[0]


def views_of(person_ids: list[int]) -> tuple[PersonView, ...]:
    """People by id, in the order asked for, in one query of the caller's transaction."""
    rows = (
        Person.select(
            Person.id,
            Person.name,
            Person.other_name,
            Person.role,
            Person.title,
            Person.startup,
            Startup.name,
            Cohort.name,
            Person.language,
            StaffPin.person,
        )
        .left_outer_join(Startup)
        .left_outer_join(Cohort)
        .switch(Person)
        .left_outer_join(StaffPin, on=StaffPin.person == Person.id)
        .where(Person.id.in_(person_ids))
        .tuples()
    )
    views: dict[int, PersonView] = {}
    for row in rows:
        id_, name, other_name, role, title, startup_id, startup, cohort, language, pin_of = row
        views[id_] = PersonView(
            id=id_,
            name=name,
            other_name=other_name,
            role=role,
            title=title,
            startup_id=startup_id,
            startup_name=startup or "",
            cohort_name=cohort or "",
            language=language,
            has_pin=pin_of is not None,
        )
    return tuple(views[person_id] for person_id in person_ids if person_id in views)


def demo_badges(lab: Lab) -> tuple[DemoBadge, ...]:
    """A few people whose badge can be tried; empty in a real lab."""
    with reading(lab):
        row = LabRow.get_or_none(LabRow.id == 1)
        if row is None or row.kind != "demo":
            return ()
        chosen: list[DemoBadge] = []
        for why, passes in _worth_trying(lab):
            taken = [badge.person.id for badge in chosen]
            held = passes.where(Person.active, Pass.kind == "person", Person.id.not_in(taken)).first()
            if held is not None:
                chosen.append(DemoBadge(_view(held.person_id), _code(lab, held), why))
        return tuple(chosen)


def _worth_trying(lab: Lab) -> tuple[tuple[str, Any], ...]:
    """For each reason to try a badge, the passes that have it, in an order that stays."""
    now = lab.now()
    opens_at = now + timedelta(minutes=lab.config.gpus.check_in_opens_minutes)
    passes = Pass.select(Pass).join(Person, on=Pass.person == Person.id)
    live = passes.where(Pass.revoked_at.is_null())
    booked = live.join(Booking, on=Booking.person == Person.id)
    offered = live.join(SignUp, on=SignUp.person == Person.id).join(Offer, on=Offer.sign_up == SignUp.id)
    return (
        (
            "booking_now",
            booked.where(
                Booking.state == "booked", Booking.starts_at <= opens_at, Booking.ends_at > now
            ).order_by(Booking.starts_at.desc(), Booking.id),
        ),
        ("offer", offered.where(Offer.state == "open", Offer.deadline > now).order_by(Offer.id)),
        ("mentor", live.where(Person.role == "mentor").order_by(Person.id)),
        ("lost_badge", passes.where(Pass.revoked_at.is_null(False)).order_by(Pass.id)),
        ("staff", live.join(StaffPin, on=StaffPin.person == Person.id).order_by(Person.id)),
    )
