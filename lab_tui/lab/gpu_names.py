"""Finding a workstation by the name that somebody typed."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from lab_tui.errors import Reason, Refused
from lab_tui.lab.gpu_views import WorkstationView, read_workstations
from lab_tui.lab.operation import Actor, Lab, authorise, reading
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code

# More names than that are no help.
_MOST_NAMES = 12


def workstation_named(lab: Lab, actor: Actor, name: str, *, also_retired: bool = False) -> WorkstationView:
    """A machine by its name, in whatever case; a retired one only where what was is read.

    Raises Refused: unknown_workstation with the names nearest to it, workstation_retired.
    """
    with reading(lab):
        authorise(lab, actor, Permission.SEE_OWN_DAY)
        machines = read_workstations(True)
    found = next((one for one in machines if one.name.casefold() == name.casefold()), None)
    if found is None:
        meant = (one.name for one in machines if also_retired or not one.retired)
        raise Refused(unknown_workstation(name, meant))
    if found.retired and not also_retired:
        raise Refused(Reason(Code.WORKSTATION_RETIRED, {"workstation": found.name}))
    return found


def unknown_workstation(name: str, names: Iterable[str]) -> Reason:
    """That there is no machine of a name, and which `names` are nearest; where none is near, which are."""
    known = {one.casefold(): one for one in sorted(names)}
    facts: dict[str, object] = {"workstation": name}
    if near := get_close_matches(name.casefold(), known):
        facts["nearest"] = [known[one] for one in near]
    elif len(known) <= _MOST_NAMES:
        facts["known"] = list(known.values())
    return Reason(Code.UNKNOWN_WORKSTATION, facts)
