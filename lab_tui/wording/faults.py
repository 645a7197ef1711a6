"""Values that cannot be used and machines that cannot: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from lab_tui.errors import BadInput, Facts, SystemCannot
from lab_tui.i18n import N_, _
from lab_tui.text import printable
from lab_tui.wording.figures import number
from lab_tui.wording.templates import fill

# What people call the fields of forms; settings and options are called as they are written.
FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "other_name": N_("Other name"),
    "title": N_("Title"),
    "about": N_("About"),
    "speaker": N_("Speaker"),
    "place": N_("Place"),
    "kind": N_("Kind"),
    "capacity": N_("Seats"),
    "day": N_("Day"),
    "starts_at": N_("Start"),
    "ends_at": N_("End"),
    "purpose": N_("Purpose"),
    "reason": N_("Reason"),
    "override_reason": N_("Reason"),
    "because": N_("Reason"),
    "pin": N_("PIN"),
    "pin_again": N_("PIN, again"),
    "role": N_("Role"),
    "startup_id": N_("Start-up"),
    "email": N_("Email"),
    "unix_name": N_("Unix name"),
    "language": N_("Language"),
    "zone": N_("Time zone"),
    "person_id": N_("Person"),
    "event_id": N_("Event"),
    "from_day": N_("First day"),
    "until_day": N_("Last day"),
    "gpu_model": N_("GPU model"),
    "gpu_memory_gb": N_("Memory a GPU"),
    "gpu_count": N_("GPUs"),
    "host_name": N_("Host name"),
    "cores": N_("Cores"),
    "tags": N_("Tags"),
    "notes": N_("Notes"),
    "policy": N_("Own rules"),
}

# By problem; `field` and `value` are always there.
BAD_INPUTS: Mapping[str, tuple[str, ...]] = {
    "empty": (N_("{field} must not be empty."),),
    "too_long": (
        N_("{field} is too long: {length} characters, at most {at_most} fit."),
        N_("{field} is too long. Shorten it: {value}"),
    ),
    "unknown_zone": (N_("{field}: {value} is no IANA time zone. Write it like Asia/Hong_Kong."),),
    "not_toml": (N_("{field} is not valid TOML: {value}. Correct that line."),),
    "not_a_section": (N_("lab.toml knows no section [{field}]. Remove it or correct its name."),),
    "unknown_setting": (
        N_("lab.toml knows no setting {field}. Did you mean {nearest}?"),
        N_("lab.toml knows no setting {field}. Remove it or correct its name."),
    ),
    "wrong_type": (
        N_("{field}: {value} is of the wrong type. Write a value of type {wanted}."),
        N_("{field}: {value} is of the wrong type."),
    ),
    "out_of_bounds": (
        N_("{field}: {value} is out of bounds. Choose a value from {low} to {high}."),
        N_("{field}: {value} is out of bounds."),
    ),
    "not_a_choice": (
        N_("{field}: {value} is not a choice. Choose one of: {choices}."),
        N_("{field}: {value} is not a choice."),
    ),
    "off_grid": (
        N_("{field}: {value} is not a multiple of {slot} minutes."),
        N_("{field}: {value} is off the grid."),
    ),
    "not_a_colour": (N_("{field}: {value} is no colour. Write it like #0b5f73."),),
    "not_a_size": (
        N_(
            "{field}: {value} is no size. Write a width of {narrowest} to {most} and a height of {lowest} to "
            "{most} millimetres, like 85.6 x 54."
        ),
        N_("{field}: {value} is no size. Write it in millimetres, like 85.6 x 54."),
    ),
    "not_a_command": (N_("{field}: {value} is no command. Close every quotation mark in it."),),
    "not_a_time": (N_("{field}: {value} is no time of day. Write it like 18:30."),),
    "same_time": (
        N_("{field}: {value} is the same time as {other}. Choose another."),
        N_("{field}: {value} begins and ends at the same time. Choose another."),
    ),
    "not_a_day": (N_("{field}: {value} is no day. Write it like 2026-11-22."),),
    "not_an_instant": (
        N_('{field}: {value} is no time. Write it like "2026-11-22 20:00", in the zone of the lab.'),
    ),
    "no_time_of_day": (
        N_('{field}: {value} is a day without a time. Write it like "{example}".'),
        N_('{field}: {value} is a day without a time. Write it like "2026-11-22 20:00".'),
    ),
    "in_words": (
        N_("{field}: {value} is in words. Write it in figures, like {example}."),
        N_("{field}: {value} is in words. Write it in figures, like 2026-11-22 20:00."),
    ),
    "out_of_calendar": (N_("{field}: {value} is too far from today for any calendar."),),
    "skipped_time": (
        N_(
            "{field}: {value} does not exist on {day}: the clocks of {zone} go from {gap_begins} to "
            "{gap_ends}. Choose a time before or after that."
        ),
        N_("{field}: the clocks skip {value}. Choose a time before or after the change."),
    ),
    "time_exists_twice": (
        N_("{field}: {value} happens twice on {day} in {zone}. Say which one: {first} or {second}."),
        N_("{field}: {value} happens twice. Add the offset from UTC, like 2026-11-01T01:30-04:00."),
    ),
    "not_a_demo": (N_("{field} is for demo labs only. Make one with `lab-tui demo --no-run`."),),
    "not_a_number": (N_("{field}: {value} is no whole number."),),
    "not_digits": (N_("{field} must be digits only."),),
    "too_short": (
        N_("{field} is too short: at least {at_least} are needed."),
        N_("{field} is too short."),
    ),
    "too_easy": (N_("{field} is too easy to guess. Choose one without a simple pattern."),),
    "before_start": (N_("{field} is not after the start. Choose a later time."),),
    "unknown": (N_("{field}: the lab does not know {value}."),),
    "taken": (N_("{field}: {value} is taken. Choose another."),),
    "members_only": (N_("{field} is for members only. Leave it out for anybody else."),),
    "not_an_email": (N_("{field}: {value} is no email address."),),
    "not_a_unix_name": (N_("{field}: {value} is no unix name. Use small letters, digits, - and _."),),
    "not_a_host_name": (
        N_("{field}: {value} is no host name. Use letters, digits and -, in parts with a dot between them."),
    ),
    "not_numbers": (N_("{field}: {value} are no numbers. Write them like 0,1."),),
    "not_a_setting": (N_("{field}: {value} is no setting. Write it like longest_hours=12."),),
    "no_such_setting": (
        N_("{field}: there is no setting {value}. Did you mean {nearest}?"),
        N_("{field}: there is no setting {value}. Those of [gpus] in lab.toml can be set."),
    ),
    "nobody": (N_("{field}: nobody here is called {value}. Look with `lab-tui people find`."),),
    "several_people": (
        N_("{field}: {count} people fit {value}. Give the number of one, from `lab-tui people find`."),
        N_("{field}: several people fit {value}. Give the number of one, from `lab-tui people find`."),
    ),
    "several_startups": (
        N_("{field}: {count} start-ups fit {value}. Write more of the name."),
        N_("{field}: several start-ups fit {value}. Write more of the name."),
    ),
    "not_the_same": (N_("{field} is not the same as the first time. Type it twice."),),
    "not_a_file": (N_("{field}: {value} cannot be read. Name a file that exists."),),
    "of_another_form": (
        N_("{field}: {value} is the name of another kind of file. Let it end in {suffix}."),
        N_("{field}: {value} is the name of another kind of file. Choose another name."),
    ),
    "file_too_large": (
        N_("{field}: {value} is too large. A picture of at most {megabytes} MB can be read."),
        N_("{field}: {value} is too large."),
    ),
    "picture_too_large": (
        N_("{field}: {value} has too many points. A picture of at most {megapixels} megapixels can be read."),
        N_("{field}: {value} has too many points. Make it smaller."),
    ),
    "not_a_picture": (
        N_("{field}: {value} is no picture that can be read. Give one of these: {formats}."),
        N_("{field}: {value} is no picture that can be read."),
    ),
    "not_a_device": (
        N_(
            "{field}: {value} names no device. Write it like serial:/dev/ttyACM0, "
            "evdev:/dev/input/by-id/NAME or camera:/dev/video0."
        ),
    ),
    "not_a_lasting_path": (
        N_(
            "{field}: {value} may be the keyboard after the next start. Name the scanner by its path in "
            "/dev/input/by-id, or by its name; `lab-tui doctor --scanner` lists both."
        ),
    ),
    "device_twice": (N_("{field}: {value} is there twice. Remove one of them."),),
}

# What can be wrong inside a signing key's file; other problems come from the operating system.
KEY_PROBLEMS: Mapping[str, str] = {
    "not_a_key": N_("this is no key"),
    "twice": N_("the number is there twice"),
    "no_pepper": N_("the pepper is missing"),
    "no_signing_key": N_("there is no key in it"),
    "not_a_file": N_("it is no file"),
}

# By code.
SYSTEM_FAULTS: Mapping[str, tuple[str, ...]] = {
    "asset_missing": (
        N_("The program's file {name} is missing. Install lab-tui again."),
        N_("A file of the program is missing. Install lab-tui again."),
    ),
    "config_unreadable": (
        N_("{path} cannot be read ({error}). See that it is UTF-8 text and that you may read it."),
        N_("lab.toml cannot be read. See that it is UTF-8 text and that you may read it."),
    ),
    "store_missing": (
        N_(
            "There is no lab in {address}. Make one with `lab-tui init`, or try the demo with `lab-tui demo`."
        ),
        N_("There is no lab here. Make one with `lab-tui init`, or try the demo with `lab-tui demo`."),
    ),
    "store_exists": (
        N_("There is a lab in {address} already. Open it with `lab-tui run`, or choose another folder."),
        N_("There is a lab here already. Open it with `lab-tui run`, or choose another folder."),
    ),
    "not_a_demo_lab": (
        N_("The lab in {folder} is a real one. Choose another with --lab, or open it with `lab-tui run`."),
        N_("This lab is a real one. Choose another with --lab, or open it with `lab-tui run`."),
    ),
    "store_unwritable": (
        N_("{address} cannot be written ({problem}). See that the folder exists and is yours."),
        N_("The database cannot be written. See that the folder exists and is yours."),
    ),
    "store_foreign": (
        N_("{address} is not a database of lab-tui. It was left untouched; choose another folder."),
        N_("The file is not a database of lab-tui. It was left untouched; choose another folder."),
    ),
    "store_newer": (
        N_("{address} was written by a newer lab-tui (schema {version}, here {ours}). Upgrade lab-tui."),
        N_("The database was written by a newer lab-tui. Upgrade lab-tui."),
    ),
    "store_older": (
        N_(
            "{address} was written by an older lab-tui (schema {version}, here {ours}). Stop every kiosk and "
            "run `lab-tui upgrade`."
        ),
        N_("The database was written by an older lab-tui. Stop every kiosk and run `lab-tui upgrade`."),
    ),
    "store_empty": (
        N_("The database {address} is empty. Fill it with `lab-tui init`."),
        N_("The database is empty. Fill it with `lab-tui init`."),
    ),
    "store_busy": (
        N_("{address} is busy: another program holds it. Try again; if it stays, stop that program."),
        N_("The database is busy. Try again."),
    ),
    "store_damaged": (
        N_("The database {address} is damaged. Stop every kiosk and restore the last backup."),
        N_("The database is damaged. Stop every kiosk and restore the last backup."),
    ),
    "store_full": (
        N_("The disk under {address} is full. Nothing was lost; make room and try again."),
        N_("The disk is full. Nothing was lost; make room and try again."),
    ),
    "store_read_only": (
        N_("{address} cannot be written. See that this account owns the file and its folder."),
        N_("The database cannot be written. See that this account owns the file and its folder."),
    ),
    "store_unreachable": (
        N_("The database {address} does not answer. See that it runs and that you may open it."),
        N_("The database does not answer. See that it runs and that you may open it."),
    ),
    "sqlite_too_old": (
        N_("SQLite {version} can damage a database; 3.51.3 or newer is needed. Install apsw again."),
        N_("SQLite is too old; 3.51.3 or newer is needed. Install apsw again."),
    ),
    "driver_missing": (
        N_("The PostgreSQL driver is missing. Install it with: pip install 'lab-tui[{extra}]'"),
        N_("The PostgreSQL driver is missing. Install it with: pip install 'lab-tui[postgres]'"),
    ),
    "scanner_library_missing": (
        N_("{device} cannot be read: a library is missing. Install it with: pip install 'lab-tui[{extra}]'"),
        N_("A library for the scanner is missing. `lab-tui doctor --scanner` names it."),
    ),
    "device_missing": (
        N_("{device} is not there. Plug it in; `lab-tui doctor --scanner` lists what is."),
        N_("The scanner is not there. Plug it in; `lab-tui doctor --scanner` lists what is."),
    ),
    "device_closed": (
        N_(
            "{device} may not be opened by this account. Let it: sudo usermod -aG {group} $USER, "
            "then log in again."
        ),
        N_("{device} may not be opened by this account. Add it to the group that may."),
        N_("The scanner may not be opened by this account. Add it to the group that may."),
    ),
    "device_taken": (
        N_("{device} is held by another program. Stop that one; a second kiosk holds it too."),
        N_("The scanner is held by another program. Stop that one."),
    ),
    "device_of_another_kind": (
        N_("{device} is no device of that kind. `lab-tui doctor --scanner` lists what is there."),
        N_("The scanner is no device of that kind. `lab-tui doctor --scanner` lists what is there."),
    ),
    "device_failed": (
        N_(
            "{device} fails ({problem}). It is tried again by itself; if that does not help, plug it in anew."
        ),
        N_("The scanner fails. It is tried again by itself; if that does not help, plug it in anew."),
    ),
    "device_ambiguous": (
        N_("{count} devices are called {device}. Name the one by its path; see `lab-tui doctor --scanner`."),
        N_("Several devices have this name. Name the one by its path; see `lab-tui doctor --scanner`."),
    ),
    "file_unreadable": (
        N_("{path} cannot be read ({problem}). See that you may read it."),
        N_("A file cannot be read. See that you may read it."),
    ),
    "key_exists": (
        N_("There is a signing key in {path} already; it was left untouched. Choose another folder."),
        N_("There is a signing key already; it was left untouched. Choose another folder."),
    ),
    "key_unwritable": (
        N_("The signing key {path} cannot be written ({problem}). See that you may write in its folder."),
        N_("The signing key cannot be written. See that you may write in its folder."),
    ),
    "key_missing": (
        N_("The signing key {path} is missing. Put it back from your copy: without it no badge is valid."),
        N_("The signing key is missing. Put it back from your copy: without it no badge is valid."),
    ),
    "key_unreadable": (
        N_("The signing key {path} cannot be used: line {line}, {problem}. Put it back from your copy."),
        N_("The signing key {path} cannot be used: {problem}. Put it back from your copy."),
        N_("The signing key cannot be used. Put it back from your copy."),
    ),
    "key_open_to_others": (
        N_("Others can read the signing key {path} (mode {mode}). Close it with: chmod 600 {path}"),
        N_("Others can read the signing key. Close it with chmod 600."),
    ),
    "key_of_another_lab": (
        N_("The signing key {path} belongs to another lab. Put this lab's key back from your copy."),
        N_("The signing key belongs to another lab. Put this lab's key back from your copy."),
    ),
    "key_retired": (
        N_("Every key in {path} is retired: it is an old copy. Copy the newest lab.key here."),
        N_("Every key in the file is retired: it is an old copy. Copy the newest lab.key here."),
    ),
    "demo_key_refused": (
        N_(
            "The signing key {path} is the demo's, which is no secret. Put your lab's key back from the copy."
        ),
        N_("The signing key is the demo's, which is no secret. Put your lab's key back from the copy."),
    ),
    "folder_unwritable": (
        N_("The folder {path} cannot be written ({problem}). Choose another, or see that it is yours."),
        N_("The folder cannot be written. Choose another, or see that it is yours."),
    ),
    "logo_unreadable": (
        N_("The logo {path} cannot be used ({problem}). Name a PNG picture in print.logo of lab.toml."),
        N_("The logo cannot be used. Name a PNG picture in print.logo of lab.toml."),
    ),
    "printer_missing": (
        N_("{program} cannot be run ({problem}). Correct print.command in lab.toml. Not printed yet: {path}"),
        N_("The printer's program cannot be run. Correct print.command in lab.toml."),
    ),
    "printer_failed": (
        N_("{program} did not print {path}: {problem}. See to the printer, then print that file."),
        N_("The printer's program did not print. See to the printer, then print the file again."),
    ),
    "printer_silent": (
        N_("{program} was stopped after {seconds} s without an end. See to the printer, then print {path}."),
        N_("The printer's program did not end. See to the printer, then print the file again."),
    ),
    "printer_stopped": (
        N_("{program} was stopped; it may have printed all the same. If it did not, print {path}."),
        N_("The printer's program was stopped; it may have printed all the same. See to the printer first."),
    ),
    "printing_failed": (
        N_("Nothing was printed ({problem}). See to that, then print again."),
        N_("Nothing was printed. `lab-tui doctor` looks for the cause."),
    ),
    "font_missing": (
        N_("No font here holds {missing}. Install one, for example the package fonts-noto-cjk."),
        N_("A font is missing. Install one, for example the package fonts-noto-cjk."),
    ),
    "backup_unwritable": (
        N_("The backup {path} cannot be written ({problem}). Nothing was changed; make room and try again."),
        N_("The backup cannot be written. Nothing was changed; make room and try again."),
    ),
    "file_unwritable": (
        N_("{path} cannot be written ({problem}). See that the folder exists and is yours."),
        N_("A file cannot be written. See that the folder exists and is yours."),
    ),
}


def bad_input(error: BadInput) -> str:
    """A value that cannot be used, as a sentence that names it and says how to write it."""
    field = _(FIELDS[error.field]) if error.field in FIELDS else printable(error.field)
    values = _values(error.facts) | {"field": field, "value": printable(str(error.value))}
    generic = (N_("{field}: {value} cannot be used."),)
    return fill(BAD_INPUTS.get(error.problem, generic), values)


def system_fault(error: SystemCannot) -> str:
    """What the machine cannot do, as a sentence that says what to do about it."""
    values = _values(error.facts)
    key_problem = KEY_PROBLEMS.get(values.get("problem", ""))
    if key_problem is not None:
        values["problem"] = _(key_problem)
    if error.code not in SYSTEM_FAULTS:
        return _("The machine cannot do this ({code}). `lab-tui doctor` looks for the cause.").format(
            code=printable(error.code)
        )
    return fill(SYSTEM_FAULTS[error.code], values)


def _values(facts: Facts) -> dict[str, str]:
    return {
        name: number(fact) if isinstance(fact, float) else printable(str(fact))
        for name, fact in facts.items()
        if fact is not None and fact != ""
    }
