"""Orders: what is asked for becomes whole files that only their owner reads, and goes to the printer."""

from __future__ import annotations

import json
import shlex
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image, PdfParser

from lab_tui import i18n
from lab_tui.codes.passcode import CALIBRATION_CODE, PassKind
from lab_tui.errors import BadInput, Refused, SystemCannot
from lab_tui.lab import audit, events, people
from lab_tui.lab.labels import LabelSubject, label_code
from lab_tui.lab.operation import OPERATOR, Actor
from lab_tui.lab.rules.reasons import Code
from lab_tui.printing.orders import Form, Order, PaperKind, Printed, print_order
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.desks import Desk
from lab_tui.store.tables.events import Event, Session
from lab_tui.store.tables.people import Person
from tests.codes.drawn import decoded
from tests.codes.test_pdf import pictures
from tests.printing.conftest import with_print
from tests.world import TODAY, World


def printed(world: World, kind: PaperKind, *ids: int, actor: Actor = OPERATOR, **more: object) -> Printed:
    return print_order(world.lab, actor, Order(kind, ids, **more))  # type: ignore[arg-type]


def codes_in(paths: tuple[Path, ...]) -> list[str]:
    """What is read from all pages, in order."""
    found = []
    for path in paths:
        pages = [image for _, image in pictures(path)] if path.suffix == ".pdf" else [Image.open(path)]
        found += [text for page in pages for text in decoded(page)]
    return found


def goes(world: World, event: Event, name: str, **more: object) -> Person:
    person = world.person(name, **more)  # type: ignore[arg-type]
    events.sign_up(world.lab, world.actor(person), event.id)
    return person


def was_there(world: World, person: Person, event: Event) -> None:
    session = world.session_of(event)
    with world.lab.store.write():
        CheckIn.create(
            kind="session", person=person, session=session, day=TODAY, direction="in", at=session.starts_at
        )


def test_a_badge_is_a_picture_that_only_its_owner_reads(print_world: World) -> None:
    world = print_world
    mei = world.person("Mei Chan")
    staff = world.staff()
    done = printed(world, PaperKind.BADGE, mei.id, actor=staff, form=Form.PNG)
    [path] = done.paths
    assert path == world.lab.config.folder / "pictures" / f"badge-{mei.id}-20261122-143200.png"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert codes_in(done.paths) == [people.badge_code(world.lab, staff, mei.id)]
    assert (done.count, done.sent, done.cancelled) == (1, False, False)
    dots = Image.open(path).info["dpi"]
    assert tuple(round(one) for one in dots) == (300, 300)


def test_badges_are_one_document_with_a_card_a_page(print_world: World) -> None:
    ids = [print_world.person(name).id for name in ("Ann", "Ben", "Cat")]
    done = printed(print_world, PaperKind.BADGE, *ids)
    [path] = done.paths
    assert path.name == "badge-20261122-143200.pdf"
    assert [size for size, _ in pictures(path)] == [pytest.approx((85.6, 54), abs=0.1)] * 3
    assert codes_in(done.paths) == [people.badge_code(print_world.lab, OPERATOR, one) for one in ids]


def test_a_sheet_is_paper_with_all_badges_on_it(print_world: World) -> None:
    with_print(print_world, paper="letter")
    ids = [print_world.person().id for _ in range(9)]
    done = printed(print_world, PaperKind.BADGE_SHEET, *ids)
    pages = pictures(done.paths[0])
    assert [size for size, _ in pages] == [pytest.approx((215.9, 279.4), abs=0.1)] * 2
    wanted = {people.badge_code(print_world.lab, OPERATOR, one) for one in ids}
    assert set(codes_in(done.paths)) == wanted
    assert done.count == 9
    pictured = printed(print_world, PaperKind.BADGE_SHEET, *ids, form=Form.PNG)
    names = [path.name for path in pictured.paths]
    assert names == ["badge-sheet-1-20261122-143200.png", "badge-sheet-2-20261122-143200.png"]


def test_labels_are_of_the_size_that_the_lab_has(print_world: World) -> None:
    with_print(print_world, label_size="89 x 28 mm")
    desk = print_world.desk(label="E-07")
    machine = print_world.workstation("kowloon")
    for kind, pass_kind, subject in (
        (PaperKind.DESK_LABELS, PassKind.DESK, desk.id),
        (PaperKind.WORKSTATION_LABELS, PassKind.WORKSTATION, machine.id),
    ):
        done = printed(print_world, kind, subject)
        [(size, _)] = pictures(done.paths[0])
        assert size == pytest.approx((89, 28), abs=0.1)
        assert codes_in(done.paths) == [
            label_code(print_world.lab, OPERATOR, LabelSubject(pass_kind, subject))
        ]


def test_none_named_means_every_desk_and_every_workstation_in_use(print_world: World) -> None:
    for label in ("B-2", "A-1"):
        print_world.desk(label=label)
    first, _ = print_world.workstation("one"), print_world.workstation("two")
    with print_world.lab.store.write():
        type(first).update(retired=True).where(type(first).id == first.id).execute()
    assert printed(print_world, PaperKind.DESK_LABELS).count == 2
    assert printed(print_world, PaperKind.WORKSTATION_LABELS).count == 1
    on_sheet = printed(print_world, PaperKind.DESK_LABELS, on_sheets=True)
    assert [size for size, _ in pictures(on_sheet.paths[0])] == [pytest.approx((210, 297), abs=0.1)]


def test_a_poster_carries_the_code_to_sign_up(print_world: World) -> None:
    event = print_world.event()
    done = printed(print_world, PaperKind.POSTER, event.id)
    assert codes_in(done.paths) == [
        label_code(print_world.lab, OPERATOR, LabelSubject(PassKind.EVENT, event.id))
    ]


def test_tickets_are_for_those_who_go(print_world: World) -> None:
    event = print_world.event(capacity=2)
    ann, ben = goes(print_world, event, "Ann"), goes(print_world, event, "Ben")
    done = printed(print_world, PaperKind.TICKETS, event.id)
    kinds = [print_world.lab.keys.read(code).kind for code in codes_in(done.paths)]
    assert kinds == [PassKind.TICKET] * 2
    [of_ben] = codes_in(printed(print_world, PaperKind.TICKETS, event.id, person_ids=(ben.id,)).paths)
    assert of_ben == codes_in(done.paths)[1]
    # Oneself, with a badge alone.
    mine = printed(
        print_world, PaperKind.TICKETS, event.id, actor=print_world.actor(ann), person_ids=(ann.id,)
    )
    assert codes_in(mine.paths) == codes_in(done.paths)[:1]


def test_certificates_are_for_those_who_were_there(print_world: World) -> None:
    event = print_world.event()
    ann, _ben = goes(print_world, event, "Ann"), goes(print_world, event, "Ben, who stayed away")
    was_there(print_world, ann, event)
    with pytest.raises(Refused) as too_early:
        printed(print_world, PaperKind.CERTIFICATES, event.id)
    assert too_early.value.codes == {Code.NOTHING_TO_PRINT}
    print_world.clock.advance(hours=5)
    done = printed(print_world, PaperKind.CERTIFICATES, event.id, form=Form.PNG)
    assert [path.name for path in done.paths] == [f"certificates-{event.id}-{ann.id}-20261122-193200.png"]


def test_a_check_in_that_was_taken_back_earns_no_certificate(print_world: World) -> None:
    event = print_world.event()
    was_there(print_world, goes(print_world, event, "Ann"), event)
    with print_world.lab.store.write():
        CheckIn.update(undone_at=print_world.lab.now()).execute()
    print_world.clock.advance(hours=5)
    with pytest.raises(Refused):
        printed(print_world, PaperKind.CERTIFICATES, event.id)


def test_cards_for_staff(print_world: World) -> None:
    event = print_world.event()
    door = printed(print_world, PaperKind.COMMAND_CARD, event.id, command="open_door")
    today = printed(print_world, PaperKind.COMMAND_CARD, command="staff_today")
    codes = codes_in(door.paths + today.paths)
    assert [print_world.lab.keys.read(code).kind for code in codes] == [PassKind.COMMAND] * 2
    assert len(set(codes)) == 2
    calibration = printed(print_world, PaperKind.CALIBRATION_CARD)
    assert codes_in(calibration.paths) == [CALIBRATION_CODE]
    with pytest.raises(BadInput):
        printed(print_world, PaperKind.COMMAND_CARD, command="make_coffee")


def test_who_may_not_prints_nothing(print_world: World) -> None:
    event, member = print_world.event(), print_world.member()
    other = print_world.person()
    orders = [
        Order(PaperKind.BADGE, (other.id,)),
        Order(PaperKind.DESK_LABELS, (print_world.desk().id,)),
        Order(PaperKind.WORKSTATION_LABELS, (print_world.workstation().id,)),
        Order(PaperKind.POSTER, (event.id,)),
        Order(PaperKind.TICKETS, (event.id,)),
        Order(PaperKind.TICKETS, (event.id,), person_ids=(other.id,)),
        Order(PaperKind.CERTIFICATES, (event.id,)),
        Order(PaperKind.COMMAND_CARD, (event.id,), "open_door"),
        Order(PaperKind.COMMAND_CARD, (), "close_lab"),
        Order(PaperKind.CALIBRATION_CARD),
    ]
    for order in orders:
        with pytest.raises(Refused) as refusal:
            print_order(print_world.lab, member, order)
        assert refusal.value.codes <= {Code.NOT_ALLOWED, Code.SIGN_IN_NEEDED}, order
    assert not print_world.lab.config.folder.exists()
    # One's own badge is one's own.
    assert print_order(print_world.lab, member, Order(PaperKind.BADGE, (member.person_id or 0,))).count == 1


def test_who_and_what_is_unknown_is_refused_before_anything_is_drawn(print_world: World) -> None:
    known = print_world.person()
    gone = print_world.person(active=False)
    for order, code in (
        (Order(PaperKind.BADGE, (known.id, 999)), Code.UNKNOWN_PERSON),
        (Order(PaperKind.BADGE, (known.id, gone.id)), Code.PERSON_INACTIVE),
        (Order(PaperKind.DESK_LABELS, (999,)), Code.UNKNOWN_DESK),
        (Order(PaperKind.WORKSTATION_LABELS, (999,)), Code.UNKNOWN_WORKSTATION),
        (Order(PaperKind.POSTER, (999,)), Code.UNKNOWN_EVENT),
        (Order(PaperKind.BADGE, ()), Code.NOTHING_TO_PRINT),
    ):
        with pytest.raises(Refused) as refusal:
            print_order(print_world.lab, OPERATOR, order)
        assert refusal.value.codes == {code}
    assert not print_world.lab.config.folder.exists()


def test_printing_is_in_the_audit_log_without_codes(print_world: World) -> None:
    mei = print_world.person("Mei Chan", email="mei@example.org")
    staff = print_world.staff()
    printed(print_world, PaperKind.BADGE, mei.id, actor=staff)
    entry = audit.latest(print_world.lab, staff, 1)[0]
    assert (entry.action, entry.subject) == ("papers.print", "paper")
    assert dict(entry.facts) == {"kind": "badge", "ids": [mei.id], "count": 1}
    assert "VXL" not in json.dumps(dict(entry.facts))


def test_progress_is_told_and_a_cancelled_order_leaves_nothing(print_world: World) -> None:
    ids = tuple(print_world.person().id for _ in range(5))
    for form in Form:
        heard: list[tuple[int, int]] = []
        done = print_order(
            print_world.lab,
            OPERATOR,
            Order(PaperKind.BADGE, ids, form=form),
            lambda done, count, heard=heard: heard.append((done, count)),  # type: ignore[misc]
            lambda heard=heard: len(heard) == 3,  # type: ignore[misc]
        )
        assert heard == [(1, 5), (2, 5), (3, 5)]
        assert done == Printed((), 0, sent=False, cancelled=True)
        assert list((print_world.lab.config.folder / "pictures").iterdir()) == []
    actions = [entry.action for entry in audit.latest(print_world.lab, OPERATOR)]
    assert "papers.print" not in actions


def test_an_interrupt_while_drawing_leaves_nothing(print_world: World) -> None:
    ids = tuple(print_world.person().id for _ in range(3))

    def interrupted(done: int, _count: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    for form in Form:
        with pytest.raises(KeyboardInterrupt):
            print_order(print_world.lab, OPERATOR, Order(PaperKind.BADGE, ids, form=form), interrupted)
    assert list((print_world.lab.config.folder / "pictures").iterdir()) == []


def test_a_name_that_no_font_holds_leaves_nothing(print_world: World) -> None:
    fine = print_world.person("Mei Chan")
    # Linear B: no font of any system that tests run on.
    strange = print_world.person("Mei \U00010000\U00010001")
    with pytest.raises(SystemCannot) as refusal:
        printed(print_world, PaperKind.BADGE, fine.id, strange.id)
    assert refusal.value.code == "font_missing"
    assert list((print_world.lab.config.folder / "pictures").iterdir()) == []


def test_the_language_is_the_one_ordered_else_the_persons_else_the_labs(print_world: World) -> None:
    plain = print_world.person("Ann")
    same = print_world.person("Ann", language="zh_Hant")

    def badge(person: Person, language: str = "") -> bytes:
        done = printed(print_world, PaperKind.BADGE, person.id, form=Form.PNG, language=language)
        # The words without the code, which is each badge's own.
        return Image.open(done.paths[0]).crop((0, 130, 520, 638)).tobytes()

    i18n.use_language("zh_Hans")
    with print_world.lab.store.write():
        Person.update(startup=plain.startup).where(Person.id == same.id).execute()
    assert badge(plain) == badge(plain, "en") == badge(same, "en")
    assert badge(same) == badge(same, "zh_Hant") != badge(plain)
    assert i18n.language() == "zh_Hans"


def a_printer(tmp_path: Path, body: str) -> str:
    """A program that prints: a script, named with a blank, with an option of its own."""
    script = tmp_path / "the printer.py"
    script.write_text(f"import os, sys, time, shutil\n{body}\n")
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(script))} -d 'badge printer'"


def test_files_go_to_the_printer(print_world: World, tmp_path: Path) -> None:
    body = f"open({str(tmp_path / 'log')!r}, 'a').write(repr(sys.argv[1:]) + '\\n')"
    with_print(print_world, command=a_printer(tmp_path, body), folder="out/of the way")
    ids = [print_world.person().id for _ in range(2)]
    done = printed(print_world, PaperKind.BADGE, *ids, form=Form.PNG)
    assert done.sent
    lines = (tmp_path / "log").read_text().splitlines()
    assert lines == [repr(["-d", "badge printer", str(path.absolute())]) for path in done.paths]
    assert done.paths[0].parent == print_world.lab.config.folder / "out" / "of the way"


def test_a_file_of_ones_own_does_not_go_to_the_printer(print_world: World, tmp_path: Path) -> None:
    with_print(print_world, command=a_printer(tmp_path, "sys.exit('not to be run')"))
    ids = tuple(print_world.person().id for _ in range(3))
    out = tmp_path / "mine.png"
    out.write_bytes(b"an older one")
    order = Order(PaperKind.BADGE, ids, form=Form.PNG)
    done = print_order(print_world.lab, OPERATOR, order, out=out)
    assert [path.name for path in done.paths] == ["mine.png", "mine-2.png", "mine-3.png"]
    assert not done.sent
    assert len(codes_in(done.paths)) == 3
    folder = print_order(print_world.lab, OPERATOR, order, out=tmp_path / "folder")
    assert {path.parent for path in folder.paths} == {tmp_path / "folder"}
    assert not (print_world.lab.config.folder).exists()


@pytest.mark.parametrize(
    ("body", "code", "problem"),
    [
        ("sys.exit('out of \x1b[31mpaper')", "printer_failed", "out of [31mpaper"),
        ("sys.exit(9)", "printer_failed", "exit 9"),
        ("os.kill(os.getpid(), 9)", "printer_failed", "exit -9"),
    ],
)
def test_a_printer_that_fails_is_named_and_the_file_kept(
    print_world: World, tmp_path: Path, body: str, code: str, problem: str
) -> None:
    with_print(print_world, command=a_printer(tmp_path, body))
    with pytest.raises(SystemCannot) as refusal:
        printed(print_world, PaperKind.BADGE, print_world.person().id)
    assert (refusal.value.code, refusal.value.facts["problem"]) == (code, problem)
    assert codes_in((Path(str(refusal.value.facts["path"])),))


@pytest.mark.parametrize(("form", "name"), [(Form.PNG, "badge.pdf"), (Form.PDF, "badge.png")])
def test_a_file_of_the_other_form_is_refused_before_anything_is_drawn(
    print_world: World, tmp_path: Path, form: Form, name: str
) -> None:
    drawn: list[int] = []
    order = Order(PaperKind.BADGE, (print_world.person().id,), form=form)
    with pytest.raises(BadInput) as refusal:
        print_order(
            print_world.lab, OPERATOR, order, lambda done, _count: drawn.append(done), out=tmp_path / name
        )
    assert (refusal.value.problem, drawn) == ("of_another_form", [])
    assert not (tmp_path / name).exists()


def test_a_printer_that_is_not_there_is_named(print_world: World) -> None:
    with_print(print_world, command="/nowhere/lp -d badges")
    with pytest.raises(SystemCannot) as refusal:
        printed(print_world, PaperKind.BADGE, print_world.person().id)
    assert (refusal.value.code, refusal.value.facts["program"]) == ("printer_missing", "/nowhere/lp")


def test_names_do_not_collide_within_a_second(print_world: World) -> None:
    mei = print_world.person()
    first, second = (printed(print_world, PaperKind.BADGE, mei.id).paths[0] for _ in range(2))
    assert (first.name, second.name) == (
        f"badge-{mei.id}-20261122-143200.pdf",
        f"badge-{mei.id}-20261122-143200-2.pdf",
    )
    assert first.exists()


def test_every_file_says_what_and_when_and_no_code(print_world: World) -> None:
    event = print_world.event()
    mei = goes(print_world, event, "Mei Chan", email="mei@example.org")
    for order in (Order(PaperKind.BADGE, (mei.id,)), Order(PaperKind.TICKETS, (event.id,))):
        [path] = print_order(print_world.lab, OPERATOR, order).paths
        assert path.name.startswith(order.kind.value)
        assert "20261122-1432" in path.name
        assert not any(secret in path.name for secret in ("VXL", "Mei", "@"))
        with PdfParser.PdfParser(str(path)) as read:
            title = bytes(read.info[PdfParser.PdfName(b"Title")]).decode("utf-16")
        assert title == f"{print_world.lab.config.lab.name}: {path.stem}"


def test_a_folder_that_cannot_be_written_is_named(print_world: World) -> None:
    print_world.lab.config.folder.mkdir()
    (print_world.lab.config.folder / "pictures").write_text("a file, not a folder")
    with pytest.raises(SystemCannot) as refusal:
        printed(print_world, PaperKind.BADGE, print_world.person().id)
    assert refusal.value.code == "file_unwritable"


def test_features_and_place_are_on_a_desk_s_label(print_world: World) -> None:
    desk = print_world.desk(label="E-07")
    with print_world.lab.store.write():
        Desk.update(features="two screens").where(Desk.id == desk.id).execute()
    bare = printed(print_world, PaperKind.DESK_LABELS, desk.id, form=Form.PNG).paths[0]
    with print_world.lab.store.write():
        Desk.update(features="").where(Desk.id == desk.id).execute()
    full = printed(print_world, PaperKind.DESK_LABELS, desk.id, form=Form.PNG).paths[0]
    assert Image.open(bare).tobytes() != Image.open(full).tobytes()


def test_a_certificate_tells_only_the_sittings_that_were_attended(print_world: World) -> None:
    from lab_tui.lab import papers

    event = print_world.event()
    first = print_world.session_of(event)
    with print_world.lab.store.write():
        Session.create(
            event=event,
            place="Loft",
            starts_at=first.starts_at + timedelta(days=1),
            ends_at=first.ends_at + timedelta(days=1),
        )
    ann = goes(print_world, event, "Ann")
    was_there(print_world, ann, event)
    print_world.clock.advance(days=3)
    [there] = papers.attendances(print_world.lab, OPERATOR, event.id)
    assert there.sittings == ((first.starts_at, first.ends_at),)
