"""What the scans that `lab-tui doctor --scanner` asked for tell of the scanner, and what to set otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from lab_tui.cli.checks import Finding, State
from lab_tui.cli.scanner_check import Press
from lab_tui.config import ANY_SUFFIX, AUTO_LAYOUT, LabConfig, ScannerSection
from lab_tui.i18n import N_, _, ngettext
from lab_tui.scanning.layouts import US
from lab_tui.scanning.traits import ScannerFault, faults_of, gap_for
from lab_tui.scanning.trial import OTHER_SUFFIX, TrialScan, repeat_seconds
from lab_tui.wording import scanners as wording
from lab_tui.wording.templates import listed

_KEYBOARD = N_("the keyboard")
_LONGEST_DEBOUNCE = 10_000


def judge(presses: Sequence[Press], config: LabConfig, seconds: float) -> Iterator[Finding]:
    """What the presses tell, a line for each thing that can be wrong."""
    scanner = config.scanner
    heard = [press for press in presses if not press.is_silent]
    scans = [scan for press in heard for scan in press.typed]
    yield _arrival(heard, len(heard) < len(presses), seconds)
    if heard:
        yield _firing(heard, scanner)
    if scans:
        yield _speed(scans, scanner)
        yield from _layout(scans, scanner)
        yield _suffix(scans, scanner)
        yield from _start_key(scans, scanner)


def _arrival(heard: Sequence[Press], is_silent: bool, seconds: float) -> Finding:
    if is_silent:
        says = _("silent: nothing came in {seconds} s").format(seconds=f"{seconds:g}")
        remedy = _(
            "See that the scanner has power and is set to work as a keyboard (HID); name one on a serial "
            "line, or a camera, in scanner.devices."
        )
        return Finding("scan", State.WRONG, says, remedy)
    sources = dict.fromkeys(str(device) for press in heard for device in press.devices)
    if any(press.typed for press in heard):
        sources = {_(_KEYBOARD): None, **sources}
    says = ngettext("{count} scan came from {sources}", "{count} scans came from {sources}", len(heard))
    return Finding("scan", State.OK, says.format(count=len(heard), sources=listed(sources)))


def _firing(heard: Sequence[Press], scanner: ScannerSection) -> Finding:
    times = [again for press in heard if (again := repeat_seconds(press.typed)) is not None]
    twice = any(len(press.devices) > len(set(press.devices)) for press in heard)
    if not times and not twice:
        return Finding("firing", State.OK, _("once at a time"))
    remedy = _("Set the scanner's own pause for the same code.")
    if not times:
        return Finding("firing", State.WARNING, _("twice at a time"), remedy)
    after = round(1000 * max(times))
    says = _("twice at a time, after {milliseconds} ms").format(milliseconds=after)
    if after < scanner.debounce_milliseconds:
        return Finding("firing", State.WARNING, says, remedy)
    longer = min(_LONGEST_DEBOUNCE, after + 500)
    remedy = _(
        "Set the scanner's own pause for the same code, or lab.toml: "
        "scanner.debounce_milliseconds = {milliseconds}"
    )
    return Finding("firing", State.WRONG, says, remedy.format(milliseconds=longer))


def _speed(scans: Sequence[TrialScan], scanner: ScannerSection) -> Finding:
    slowest = max((scan.traits for scan in scans), key=lambda traits: traits.largest_gap)
    usual = median(scan.traits.median_gap for scan in scans)
    says = _("{usual} ms a key, the longest pause {longest} ms").format(
        usual=f"{usual:g}", longest=f"{slowest.largest_gap:g}"
    )
    if ScannerFault.SLOW not in faults_of(slowest, scanner.gap_milliseconds):
        return Finding("speed", State.OK, says)
    state = State.WRONG if slowest.largest_gap > scanner.gap_milliseconds else State.WARNING
    remedy = _("Set the scanner to no pause between keys, or lab.toml: scanner.gap_milliseconds = {gap}")
    gap = gap_for(slowest, scanner.gap_milliseconds)
    return Finding("speed", state, _("slow: {says}").format(says=says), remedy.format(gap=gap))


def _layout(scans: Sequence[TrialScan], scanner: ScannerSection) -> Iterator[Finding]:
    known = [scan for scan in scans if scan.layouts]
    if not known:
        says = _("not known: the code is none of a lab, in no keyboard layout that is known")
        yield Finding("layout", State.WARNING, says, _("Scan a badge, or the calibration card."))
        return
    best = next((scan for scan in known if scan.is_card), known[0])
    names = listed(f"{wording.layout(layout)} ({layout})" for layout in best.layouts)
    yield Finding("layout", *_layout_judged(best.layouts, names, scanner.layout))
    if best.traits.caps:
        remedy = _("Turn Caps Lock off, or set the scanner to upper case.")
        yield Finding("letters", State.WARNING, _("in lower case"), remedy)


def _layout_judged(layouts: Sequence[str], names: str, set_to: str) -> tuple[State, str, str]:
    """How the layouts that a code may have been typed in go with the setting."""
    fits = US if set_to == AUTO_LAYOUT else set_to
    if fits in layouts:
        return State.OK, _("as on this keyboard: {name}").format(name=wording.layout(fits)), ""
    remedy = _('Set the keyboard of this machine to US, or lab.toml: scanner.layout = "{layout}"')
    state = State.WARNING if set_to == AUTO_LAYOUT else State.WRONG
    return state, _("wrong: {names}").format(names=names), remedy.format(layout=layouts[0])


def _suffix(scans: Sequence[TrialScan], scanner: ScannerSection) -> Finding:
    found = list(dict.fromkeys(scan.traits.suffix for scan in scans))
    says = listed(wording.suffix(one) for one in found)
    remedy = _("Set the scanner to send Enter after each code.")
    if len(found) > 1 or found == [OTHER_SUFFIX]:
        return Finding("suffix", State.WARNING, _("not always the same: {found}").format(found=says), remedy)
    if scanner.suffix not in (ANY_SUFFIX, found[0]):
        remedy = _('Set the scanner to send what lab.toml says, or lab.toml: scanner.suffix = "{found}"')
        says_wrong = _("wrong: {found}").format(found=says)
        return Finding("suffix", State.WRONG, says_wrong, remedy.format(found=found[0]))
    if found == ["none"] and scanner.suffix == ANY_SUFFIX:
        return Finding("suffix", State.WARNING, _("nothing comes after the code"), remedy)
    return Finding("suffix", State.OK, says)


def _start_key(scans: Sequence[TrialScan], scanner: ScannerSection) -> Iterator[Finding]:
    found = {scan.start_key for scan in scans}
    if found == {scanner.start_key}:
        return
    keys = listed(sorted(found - {""}))
    says = _("before each code: {keys}").format(keys=keys) if keys else _("no key before each code")
    setting = f'scanner.start_key = "{min(found)}"'
    yield Finding("start key", State.WARNING, says, _("lab.toml: {setting}").format(setting=setting))
