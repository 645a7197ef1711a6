"""Every reason the lab can have to say no. Its sentence stands in `wording/refusals.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from lab_tui.errors import Reason


class Code(StrEnum):
    """The code of a broken rule; the comment names the facts that go with it."""

    # who
    NOT_ALLOWED = "not_allowed"  # permission
    SIGN_IN_NEEDED = "sign_in_needed"
    UNKNOWN_PERSON = "unknown_person"  # person
    PERSON_INACTIVE = "person_inactive"  # name
    NOT_IN_PROGRAMME = "not_in_programme"  # startup
    WRONG_PIN = "wrong_pin"  # tries_left
    PIN_PAUSED = "pin_paused"  # until
    NO_PIN = "no_pin"
    # codes
    CODE_NOT_OURS = "code_not_ours"
    CODE_DAMAGED = "code_damaged"
    NO_CODE_IN_PICTURE = "no_code_in_picture"
    SEVERAL_CODES_IN_PICTURE = "several_codes_in_picture"  # count
    PASS_UNKNOWN = "pass_unknown"
    PASS_REVOKED = "pass_revoked"  # at
    UNKNOWN_LABEL = "unknown_label"
    # signing keys
    DEMO_KEYS = "demo_keys"
    KEYS_USED_UP = "keys_used_up"
    KEY_FILE_OUTDATED = "key_file_outdated"  # number, path
    UNKNOWN_KEY = "unknown_key"  # number
    LAST_KEY = "last_key"  # number
    KEY_NOT_OLDEST = "key_not_oldest"  # number, oldest
    KEY_IN_USE = "key_in_use"  # number, people, labels, days
    # times
    IN_THE_PAST = "in_the_past"  # start
    ENDS_BEFORE_START = "ends_before_start"  # start, end
    OFF_GRID = "off_grid"  # minutes
    TOO_SHORT = "too_short"  # minutes
    TOO_LONG = "too_long"  # hours, staff_hours (where not even staff may)
    BEYOND_HORIZON = "beyond_horizon"  # days, staff_days (where not even staff may)
    HORIZON_SHORTENED = "horizon_shortened"  # days, no_shows, until
    OUTSIDE_HOURS = "outside_hours"  # opens, closes
    LAB_CLOSED = "lab_closed"  # reason, start, end
    SKIPPED_TIME = "skipped_time"  # time, gap_begins, gap_ends
    ALREADY_OVER = "already_over"
    # GPUs
    UNKNOWN_WORKSTATION = "unknown_workstation"  # workstation, nearest (names), known (where none is near)
    WORKSTATION_RETIRED = "workstation_retired"  # workstation
    NO_GPUS = "no_gpus"
    UNKNOWN_GPU = "unknown_gpu"  # workstation, gpu
    GPU_TAKEN = "gpu_taken"  # workstation, gpu, start, end (no gpu, but free, where the lab picks them)
    OFFERED_MEANWHILE = "offered_meanwhile"  # workstation, gpu, start, end
    OUT_OF_SERVICE = "out_of_service"  # workstation, reason, start, end (None: until further notice)
    TOO_MANY_GPUS = "too_many_gpus"  # workstation, gpus (how many it has)
    STARTUP_QUOTA = "startup_quota"  # startup, would_have, limit (GPU-hours), week, workstation ("": all)
    PERSON_QUOTA = "person_quota"  # would_have, limit (GPU-hours), week, workstation ("": all)
    GAP_TOO_SHORT = "gap_too_short"  # minutes, start, end (of the other booking)
    MEMBERSHIP_ENDS = "membership_ends"  # startup, day (the last one)
    TOO_MANY_OPEN_BOOKINGS = "too_many_open_bookings"  # limit
    UNKNOWN_BOOKING = "unknown_booking"  # booking
    UNKNOWN_SERIES = "unknown_series"  # series
    NOT_YOURS = "not_yours"
    ALREADY_CANCELLED = "already_cancelled"  # moved_to (where that is what became of a booking)
    UNKNOWN_OUTAGE = "unknown_outage"
    OUT_ALREADY = "out_already"  # workstation, reason, start, end (None: until further notice)
    NOT_HIT = "not_hit"
    NO_OTHER_PLACE = "no_other_place"
    UNKNOWN_CLOSURE = "unknown_closure"  # closure
    NOT_BEGUN = "not_begun"  # start
    ALREADY_BEGUN = "already_begun"  # start
    NOT_WITHIN_BOOKING = "not_within_booking"  # start, end (of the booking)
    NOTHING_CHANGES = "nothing_changes"
    NOT_A_TEAM_MATE = "not_a_team_mate"  # name
    BOOKINGS_AHEAD = "bookings_ahead"  # workstation, count
    NAME_TAKEN = "name_taken"  # name
    HOST_NAME_TAKEN = "host_name_taken"  # name, workstation
    GPUS_HAVE_HISTORY = "gpus_have_history"  # workstation, gpus (how many it keeps)
    # waiting for GPUs
    UNKNOWN_WAIT = "unknown_wait"  # wait
    NOT_OFFERED = "not_offered"  # booking, state
    ONLY_OFFERED = "only_offered"  # booking, until
    ALREADY_WAITING = "already_waiting"
    TOO_MANY_WAITS = "too_many_waits"  # limit
    WINDOW_TOO_SHORT = "window_too_short"  # minutes
    NO_SUCH_MACHINE = "no_such_machine"  # gpus, memory
    OFFER_LAPSED = "offer_lapsed"  # until
    OFFER_TAKEN_BACK = "offer_taken_back"  # workstation, start, end
    # bookings that repeat
    NO_COHORT_END = "no_cohort_end"  # startup
    # desks
    UNKNOWN_DESK = "unknown_desk"  # desk
    DESK_TAKEN = "desk_taken"  # desk, day
    DESK_ASSIGNED = "desk_assigned"  # desk, startup
    DESK_OUT_OF_ORDER = "desk_out_of_order"  # desk, reason
    DAY_PAST = "day_past"  # day
    ALREADY_HAS_DESK = "already_has_desk"  # desk, day
    TOO_MANY_DESK_DAYS = "too_many_desk_days"  # limit
    # events
    UNKNOWN_EVENT = "unknown_event"
    UNKNOWN_SESSION = "unknown_session"
    EVENT_CANCELLED = "event_cancelled"  # title
    EVENT_OVER = "event_over"  # title
    EVENT_FULL = "event_full"  # title
    ALREADY_SIGNED_UP = "already_signed_up"  # title
    NOT_SIGNED_UP = "not_signed_up"  # title
    STILL_WAITING = "still_waiting"  # title, ahead
    NO_OFFER = "no_offer"  # title
    SEATS_TAKEN = "seats_taken"  # taken, capacity
    # check-in
    TOO_EARLY = "too_early"  # opens
    TOO_LATE = "too_late"  # ended
    ALREADY_CHECKED_IN = "already_checked_in"  # at
    RELEASED_AS_NO_SHOW = "released_as_no_show"
    NOT_INSIDE = "not_inside"
    # undo
    UNDO_TOO_LATE = "undo_too_late"  # seconds
    ALREADY_UNDONE = "already_undone"
    CANNOT_BE_UNDONE = "cannot_be_undone"
    # printing
    NOTHING_TO_PRINT = "nothing_to_print"
    # a write that only the schema refused; seen when two things happen at one instant
    CHANGED_MEANWHILE = "changed_meanwhile"


def for_nobody_to_pass(reasons: Iterable[Reason]) -> list[Reason]:
    """The reasons against what staff cannot allow; elsewhere they may pass some of them."""
    return [replace(reason, overridable=False) for reason in reasons]
