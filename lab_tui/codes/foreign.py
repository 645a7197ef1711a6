"""Foreign codes: what a code that is not ours is for, told by how its text begins.

Nothing in the text is opened, run, kept or shown: it is looked at once, for a word that says what it is.
What is told apart, and where the format is published:

    web address     http:, https: (RFC 3986), `www.`, `URLTO:`
    contact card    vCard (RFC 6350), MECARD and BIZCARD (NTT DOCOMO, "Contact list")
    Wi-Fi           `WIFI:` (WPA3 specification, section 7.1), Easy Connect `DPP:` (Wi-Fi Alliance)
    payment         EMVCo merchant-presented `000201` (FPS, PayNow, PromptPay, Pix ...) and consumer-presented
                    `hQVDUFYwM`; SEPA transfer `BCD` (EPC069-12); Swiss QR bill `SPC` (SIX); `upi:` (NPCI);
                    bitcoin: (BIP 21) and bech32 addresses (BIP 173), Lightning (BOLT 11, LUD-01),
                    ethereum: (EIP-681); addresses of Alipay, WeChat Pay, UnionPay, PayMe and PayPal;
                    payment numbers of Alipay (16 to 24 digits from 25 to 30) and WeChat (18 from 10 to 15)
    health          EU digital COVID certificate `HC1:`, SMART Health Cards `SHC:/` and links `SHLINK:/`
    event ticket    pretix (secrets of 32 letters and digits, and signed `pretix_sig1`), Indico (JSON with a
                    check-in secret), Luma (lu.ma/check-in), Eventbrite and Tito (addresses)
    boarding pass   IATA resolution 792 (bar-coded boarding pass)
    phone           tel: (RFC 3966);  message: sms: (RFC 5724), `SMSTO:`, `MMSTO:`;  mail: mailto: (RFC 6068),
                    `MATMSG:`, `SMTP:`
    place           geo: (RFC 5870)
    calendar        iCalendar (RFC 5545)
    one-time password   otpauth: and its migration (Google Authenticator, "Key Uri Format")
    product         EAN-8, UPC-A, EAN-13 and GTIN-14 with a right check digit (GS1 General Specifications),
                    and whatever a scanner marks as such (AIM identifiers `]E`)
    text            anything else
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from enum import StrEnum

# More of a text than any of these formats needs to be known by.
_LOOKED_AT = 4096
_SIG1_VERSION = 1


class ForeignKind(StrEnum):
    """What a code that is not ours is for."""

    WEB = "web"
    CONTACT = "contact"
    WIFI = "wifi"
    PAYMENT = "payment"
    HEALTH = "health"
    EVENT_TICKET = "event_ticket"
    BOARDING_PASS = "boarding_pass"
    PHONE = "phone"
    MESSAGE = "message"
    MAIL = "mail"
    PLACE = "place"
    CALENDAR = "calendar"
    ONE_TIME_PASSWORD = "one_time_password"
    PRODUCT = "product"
    TEXT = "text"


def kind_of(text: str) -> ForeignKind:
    """What a foreign code is for. Any text has a kind."""
    shown = text[:_LOOKED_AT].strip()
    aim = _AIM.match(shown)
    if aim is not None:
        shown = shown[aim.end() :].lstrip()
        if aim[1] == "E" and shown.isdigit():
            return ForeignKind.PRODUCT
    lowered = shown.lower()
    for kind, pattern in _PATTERNS:
        if pattern.match(lowered):
            return kind
    for kind, is_such in _TESTS:
        if is_such(shown):
            return kind
    return ForeignKind.TEXT


_AIM = re.compile(r"\]([A-Za-z])[0-9A-Za-z]")


def _begins(*beginnings: str) -> re.Pattern[str]:
    return re.compile("|".join(beginnings), re.ASCII)


# Of the lower-case text, from its first character on; the first that fits tells.
_PATTERNS: tuple[tuple[ForeignKind, re.Pattern[str]], ...] = (
    (ForeignKind.CONTACT, _begins(r"begin:vcard", r"mecard:", r"bizcard:")),
    (ForeignKind.WIFI, _begins(r"wifi:", r"dpp:")),
    (ForeignKind.HEALTH, _begins(r"hc1:", r"shc:/", r"shlink:/", r"https?://\S*#shlink:/")),
    (ForeignKind.ONE_TIME_PASSWORD, _begins(r"otpauth:", r"otpauth-migration:")),
    (
        ForeignKind.PAYMENT,
        _begins(
            r"000201",
            r"hqvdufywm",
            r"bcd\s",
            r"bcd$",
            r"spc\s",
            r"spc$",
            r"upi:",
            r"bitcoin:",
            r"lightning:",
            r"ethereum:",
            r"ln(bc|tb|bcrt)[0-9]*[munp]?1[02-9ac-hj-np-z]{20}",
            r"lnurl1[02-9ac-hj-np-z]{20}",
            r"(bc|tb)1[02-9ac-hj-np-z]{11,87}$",
            r"alipays?:",
            r"wxp:",
            r"weixin://wxpay/",
            r"https?://([a-z0-9-]+\.)*(alipay\.com|95516\.com|payme\.hsbc\.com\.hk|paypal\.me)([/?#:]|$)",
            r"https?://([a-z0-9-]+\.)*(payapp\.weixin\.qq\.com|wx\.tenpay\.com|paypal\.com/(qrcodes|paypalme))",
            r"(2[5-9]|30)[0-9]{14,22}$",
            r"1[0-5][0-9]{16}$",
        ),
    ),
    (
        ForeignKind.EVENT_TICKET,
        _begins(
            r"https?://(www\.)?(lu\.ma|luma\.com)/(check-in|e/ticket)",
            r"https?://([a-z0-9-]+\.)*eventbrite\.[a-z.]+/\S*(ticket|order)",
            r"https?://([a-z0-9-]+\.)*ti(ckets\.ti)?\.to/tickets?/",
            r"\{[^{}]*\"checkin_secret\"",
        ),
    ),
    (ForeignKind.CALENDAR, _begins(r"begin:v(calendar|event|todo)")),
    (ForeignKind.MESSAGE, _begins(r"smsto:", r"sms:", r"mmsto:", r"mms:")),
    (ForeignKind.MAIL, _begins(r"mailto:", r"matmsg:", r"smtp:", r"[^@\s]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$")),
    (ForeignKind.PHONE, _begins(r"tel:", r"\+[0-9][0-9 ()-]{6,20}$")),
    (ForeignKind.PLACE, _begins(r"geo:")),
    (ForeignKind.WEB, _begins(r"https?:", r"ftp:", r"urlto:", r"www\.", r"([a-z0-9-]+\.)+[a-z]{2,24}/")),
    # The leading figure is the number of flights, then the name in 20 cells, then E for a printed ticket.
    (ForeignKind.BOARDING_PASS, _begins(r"m[1-4][a-z][a-z './-]{19}[e ][a-z0-9 ]{7}[a-z]{6}")),
)


def _is_product(text: str) -> bool:
    """Whether these are the figures of an article, the last one being their check digit."""
    if not (text.isascii() and text.isdigit()) or len(text) not in (8, 12, 13, 14):
        return False
    # From the right the weights are 1, 3, 1, 3 ...
    total = sum(int(figure) * (3 if place % 2 else 1) for place, figure in enumerate(reversed(text)))
    return total % 10 == 0


def _is_pretix_secret(text: str) -> bool:
    """Whether this is a random secret of pretix: 32 characters without those that are mistaken for others."""
    return (
        re.fullmatch(r"[a-hjkmnp-z2-9]{32}", text) is not None
        and any(char.isdigit() for char in text)
        and any(char.isalpha() for char in text)
    )


def _is_pretix_signed(text: str) -> bool:
    """Whether this is a signed secret of pretix: base64, written backwards, of version, lengths, contents."""
    try:
        plain = base64.b64decode(text[::-1].encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return False
    if len(plain) < 5 or plain[0] != _SIG1_VERSION:
        return False
    return len(plain) == 5 + int.from_bytes(plain[1:3], "big") + int.from_bytes(plain[3:5], "big")


# Of the text as it is.
_TESTS: tuple[tuple[ForeignKind, Callable[[str], bool]], ...] = (
    (ForeignKind.PRODUCT, _is_product),
    (ForeignKind.EVENT_TICKET, _is_pretix_secret),
    (ForeignKind.EVENT_TICKET, _is_pretix_signed),
)
