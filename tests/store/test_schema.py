"""The catalogue of each engine holds every table, column, CHECK, index and guard, and nothing more."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from lab_tui.store.database import SCHEMA_VERSION, Store, schema_version
from lab_tui.store.schema import MIGRATIONS, migrate
from lab_tui.store.tables import checkins, desks, events, gpus, lab, labels, people
from lab_tui.store.tables.base import Table
from tests.engines import open_database

AREAS = (checkins, desks, events, gpus, lab, labels, people)

CHECKS = {
    "booking_has_length",
    "booking_holds_by_state",
    "booking_offer_has_deadline",
    "booking_state_known",
    "check_in_direction_known",
    "check_in_is_of_its_kind",
    "check_in_kind_known",
    "closure_has_length",
    "cohort_days_in_order",
    "cohort_has_room",
    "desk_assignment_days_in_order",
    "desk_booking_days_in_order",
    "desk_booking_holds_by_state",
    "desk_booking_state_known",
    "desk_loan_days_in_order",
    "desk_on_the_plan",
    "event_has_seats",
    "event_has_title",
    "event_kind_known",
    "event_seats_within_capacity",
    "gpu_number_not_negative",
    "gpu_wait_has_its_booking",
    "gpu_wait_has_window",
    "gpu_wait_state_known",
    "gpu_wait_wants_something",
    "lab_demo_has_day",
    "label_code_id_has_64_bits",
    "label_is_of_its_kind",
    "label_kind_known",
    "lab_is_one",
    "lab_kind_known",
    "offer_lasts",
    "offer_state_known",
    "outage_has_length",
    "pass_code_id_has_64_bits",
    "pass_kind_known",
    "pass_ticket_has_sign_up",
    "person_has_name",
    "person_member_has_startup",
    "person_role_known",
    "session_has_length",
    "sign_up_state_known",
    "staff_pin_tries_counted",
    "startup_stage_known",
    "workstation_cores_counted",
    "workstation_has_memory",
    "zone_has_size",
    "zone_kind_known",
}
UNIQUE_INDEXES = {
    "audit_undone_once",
    "check_in_inside_once",
    "check_in_once_a_booking",
    "check_in_once_a_desk_day",
    "check_in_once_a_session",
    "gpu_wait_once",
    "gpu_wait_one_offer",
    "label_one_live_of_command",
    "label_one_live_of_desk",
    "label_one_live_of_event",
    "label_one_live_of_plain_command",
    "label_one_live_of_workstation",
    "offer_one_open",
    "pass_one_live_badge",
    "pass_one_live_ticket",
    "request_key_once",
    "sign_up_one_live",
}
INDEXES = UNIQUE_INDEXES | {
    "audit_by_actor",
    "audit_by_subject",
    "audit_by_time",
    "booking_awaited",
    "booking_by_end",
    "booking_by_origin",
    "booking_by_person",
    "booking_by_series",
    "booking_by_startup",
    "booking_by_workstation",
    "booking_gpu_by_end",
    "booking_offered",
    "booking_running",
    "check_in_by_person",
    "check_in_by_time",
    "closure_by_end",
    "cohort_by_programme",
    "desk_assignment_by_desk",
    "desk_assignment_by_startup",
    "desk_booking_by_desk",
    "desk_booking_by_person",
    "desk_by_zone",
    "desk_loan_by_desk",
    "gpu_wait_live",
    "notice_unseen",
    "offer_by_deadline",
    "outage_by_workstation",
    "person_by_startup",
    "scan_by_time",
    "session_by_end",
    "session_by_event",
    "sign_up_by_person",
    "sign_up_waiting",
    "startup_by_cohort",
}
INDEXES_OF_ENGINE = {"sqlite": set[str](), "postgresql": {"booking_gpu_by_time"}}
TRIGGERS = {
    "sqlite": {
        "booking_overlap_changed",
        "booking_overlap_new",
        "desk_assignment_held_twice_changed",
        "desk_assignment_held_twice_new",
        "desk_booking_held_twice_changed",
        "desk_booking_held_twice_new",
        "desk_loan_held_twice_changed",
        "event_seat_changed",
        "event_seat_gone",
        "event_seat_new",
    },
    "postgresql": {
        "desk_held_twice_desk_assignment",
        "desk_held_twice_desk_booking",
        "desk_held_twice_desk_loan",
        "event_seats",
    },
}
EXCLUSIONS = {
    "sqlite": set[str](),
    "postgresql": {
        "booking_overlap",
        "desk_booking_one_a_person",
        "desk_held_twice_by_assignments",
        "desk_held_twice_by_bookings",
    },
}


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    store = open_database(address)
    yield store
    store.close()


def rows(store: Store, sql: str) -> list[tuple[object, ...]]:
    with store.read():
        return [tuple(row) for row in store.database.execute_sql(sql).fetchall()]


def names(store: Store, sqlite: str, postgresql: str) -> set[str]:
    return {str(name) for (name, *_) in rows(store, sqlite if store.engine == "sqlite" else postgresql)}


def models() -> dict[str, type[Table]]:
    found = [value for area in AREAS for value in vars(area).values()]
    mine = [one for one in found if isinstance(one, type) and issubclass(one, Table) and one is not Table]
    return {one._meta.table_name: one for one in mine}


def columns(store: Store, table: str) -> dict[str, bool]:
    """Each column of a table, and whether it may be NULL."""
    if store.engine == "sqlite":
        # An INTEGER PRIMARY KEY is never NULL, though the catalogue does not say so.
        return {
            str(name): not must and not key
            for _cid, name, _type, must, _default, key in rows(store, f'PRAGMA table_info("{table}")')
        }
    sql = f"SELECT column_name, is_nullable FROM information_schema.columns WHERE table_name = '{table}'"
    return {str(name): nullable == "YES" for name, nullable in rows(store, sql)}


def test_every_table_is_there_with_every_column(store: Store) -> None:
    tables = names(
        store,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    )
    assert tables == set(models()) | {"schema_migration"}
    for table, model in models().items():
        declared = {field.column_name: bool(field.null) for field in model._meta.sorted_fields}
        assert columns(store, table) == declared, table


def test_every_reference_is_a_foreign_key(store: Store) -> None:
    for table, model in models().items():
        declared = {field.column_name for field in model._meta.refs}
        if store.engine == "sqlite":
            found = {str(row[3]) for row in rows(store, f'PRAGMA foreign_key_list("{table}")')}
        else:
            sql = f"""
                SELECT attname FROM pg_constraint JOIN pg_attribute
                    ON attrelid = conrelid AND attnum = ANY (conkey)
                WHERE contype = 'f' AND conrelid = '{table}'::regclass"""
            found = {str(name) for (name,) in rows(store, sql)}
        assert declared <= found, table


def test_every_check_is_there(store: Store) -> None:
    if store.engine == "sqlite":
        tables = rows(store, "SELECT sql FROM sqlite_master WHERE type = 'table'")
        text = "\n".join(str(sql) for (sql,) in tables)
        found = set(re.findall(r"CONSTRAINT (\w+)\s+CHECK", text))
    else:
        sql = """
            SELECT conname FROM pg_constraint
            WHERE contype = 'c' AND connamespace = 'public'::regnamespace"""
        found = {str(name) for (name,) in rows(store, sql)}
    assert found == CHECKS


def test_every_index_is_there_and_the_guards_are_unique(store: Store) -> None:
    found = names(
        store,
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        """
        SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE relnamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')""",
    )
    assert {name for name in found if not name.startswith("schema_migration")} == (
        INDEXES | INDEXES_OF_ENGINE[store.engine]
    )
    unique = names(
        store,
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE UNIQUE%'",
        """
        SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE relnamespace = 'public'::regnamespace AND indisunique
            AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')""",
    )
    assert {name for name in unique if not name.startswith("schema_migration")} == UNIQUE_INDEXES


def test_every_trigger_and_exclusion_is_there(store: Store) -> None:
    triggers = names(
        store,
        "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    )
    assert triggers == TRIGGERS[store.engine]
    exclusions = names(
        store,
        "SELECT name FROM sqlite_master WHERE 0",
        "SELECT conname FROM pg_constraint WHERE contype = 'x'",
    )
    assert exclusions == EXCLUSIONS[store.engine]


def test_the_database_tells_its_version_and_upgrading_again_does_nothing(store: Store) -> None:
    assert schema_version(store) == SCHEMA_VERSION
    newest = max(int(path.name.split("_")[0]) for path in MIGRATIONS.glob("[0-9]*.py"))
    assert newest == SCHEMA_VERSION
    assert migrate(store) == []
