"""Foreign codes: named for what they are, whatever they hold."""

from __future__ import annotations

import base64
import string
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lab_tui.codes.foreign import ForeignKind, kind_of

SIGNED = base64.b64encode(b"\x01\x00\x09\x00\x40" + b"p" * 9 + b"s" * 64).decode()[::-1]
ADDRESS = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
INVOICE = "LNBC2500U1PVJLUEZPP5QQQSYQCYQ5RQWZQFQQQSYQCYQ5RQWZQFQQQSYQ"

KNOWN = [
    ("https://example.org/?x=1", ForeignKind.WEB),
    ("HTTP://EXAMPLE.ORG", ForeignKind.WEB),
    ("www.example.org", ForeignKind.WEB),
    ("URLTO:example.org", ForeignKind.WEB),
    ("example.org/menu", ForeignKind.WEB),
    ("BEGIN:VCARD\nVERSION:4.0\nFN:Ada Wong\nEND:VCARD", ForeignKind.CONTACT),
    ("MECARD:N:Wong,Ada;TEL:85212345678;;", ForeignKind.CONTACT),
    ("WIFI:T:WPA;S:guests;P:hunter2;;", ForeignKind.WIFI),
    ("DPP:C:81/1;K:MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgAC;;", ForeignKind.WIFI),
    ("00020101021226330012hk.com.hkicl0113FPSID1234567", ForeignKind.PAYMENT),
    ("hQVDUFYwMWETTwegAAAABBAQUAhERUJJVA==", ForeignKind.PAYMENT),
    ("BCD\n002\n1\nSCT\nBFSWDE33BER\nWikimedia", ForeignKind.PAYMENT),
    ("SPC\n0200\n1\nCH4431999123000889012", ForeignKind.PAYMENT),
    ("upi://pay?pa=shop@bank&pn=Shop", ForeignKind.PAYMENT),
    (f"bitcoin:{ADDRESS}?amount=0.01", ForeignKind.PAYMENT),
    (ADDRESS, ForeignKind.PAYMENT),
    (f"lightning:{INVOICE}", ForeignKind.PAYMENT),
    (INVOICE, ForeignKind.PAYMENT),
    ("ethereum:0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359@1", ForeignKind.PAYMENT),
    ("https://qr.alipay.com/fkx01234567890", ForeignKind.PAYMENT),
    ("HTTPS://QR.ALIPAY.COM/FKX01234567890", ForeignKind.PAYMENT),
    ("281234567890123456", ForeignKind.PAYMENT),
    ("134512345678901234", ForeignKind.PAYMENT),
    ("wxp://f2f0abcdef", ForeignKind.PAYMENT),
    ("weixin://wxpay/bizpayurl?pr=AbCdEf", ForeignKind.PAYMENT),
    ("https://qr.95516.com/00010000/01234", ForeignKind.PAYMENT),
    ("https://notalipay.com/", ForeignKind.WEB),
    ("HC1:NCFOXN%TS3DH3ZSUZK+.V0ETD%65NL-AH-R6IOOK.IR9B+9G4G50PHZF0AT4V22F/8X*G3M9", ForeignKind.HEALTH),
    ("shc:/5676290952432060346029243740446031222959532654603460292540", ForeignKind.HEALTH),
    ("https://viewer.example/#shlink:/eyJ1cmwiOiJodHRwcyJ9", ForeignKind.HEALTH),
    ("abcdefghjkmnpqrstuvwxyz23456789a", ForeignKind.EVENT_TICKET),
    (SIGNED, ForeignKind.EVENT_TICKET),
    (
        '{"registrant_id": 7, "checkin_secret": "d5e0", "event_id": "9", "server_url": "https://indico.example"}',
        ForeignKind.EVENT_TICKET,
    ),
    ("https://lu.ma/check-in/evt-NKXctR3fMVfX24o?pk=g-2U61lr65dtD1YXI", ForeignKind.EVENT_TICKET),
    ("https://www.eventbrite.hk/mytickets/1234567890", ForeignKind.EVENT_TICKET),
    ("https://ti.to/tickets/abcdef", ForeignKind.EVENT_TICKET),
    ("M1WONG/ADA            EABC123 HKGNRTCX 0520 326Y025A0001 100", ForeignKind.BOARDING_PASS),
    ("tel:+85221234567", ForeignKind.PHONE),
    ("+852 2123 4567", ForeignKind.PHONE),
    ("SMSTO:+85221234567:hello", ForeignKind.MESSAGE),
    ("sms:+85221234567?body=hi", ForeignKind.MESSAGE),
    ("mailto:ada@example.org", ForeignKind.MAIL),
    ("MATMSG:TO:ada@example.org;SUB:hi;;", ForeignKind.MAIL),
    ("ada.wong@example.org", ForeignKind.MAIL),
    ("geo:22.4277,114.2100", ForeignKind.PLACE),
    ("BEGIN:VCALENDAR\nVERSION:2.0", ForeignKind.CALENDAR),
    ("BEGIN:VEVENT\nSUMMARY:Lunch", ForeignKind.CALENDAR),
    ("otpauth://totp/Lab:ada?secret=JBSWY3DPEHPK3PXP", ForeignKind.ONE_TIME_PASSWORD),
    ("otpauth-migration://offline?data=CjEKCkhl", ForeignKind.ONE_TIME_PASSWORD),
    ("4006381333931", ForeignKind.PRODUCT),
    ("73513537", ForeignKind.PRODUCT),
    ("036000291452", ForeignKind.PRODUCT),
    ("9780306406157", ForeignKind.PRODUCT),
    ("]E04006381333931", ForeignKind.PRODUCT),
    ("]E41234567", ForeignKind.PRODUCT),
    ("]Q3https://example.org", ForeignKind.WEB),
    ("4006381333932", ForeignKind.TEXT),
    ("", ForeignKind.TEXT),
    ("hello", ForeignKind.TEXT),
    ("begin", ForeignKind.TEXT),
    ("abcdefghjkmnpqrstuvwxyzabcdefghj", ForeignKind.TEXT),
]


@pytest.mark.parametrize(("text", "kind"), KNOWN)
def test_a_code_is_named_for_what_it_is(text: str, kind: ForeignKind) -> None:
    assert kind_of(text) is kind
    assert kind_of(f"  {text}\r\n") is kind


@given(st.text() | st.text(string.digits) | st.sampled_from(KNOWN).map(lambda known: known[0][:-1]))
@example("\x00")
@example("]")
@example("]Q")
@example("٣" * 13)
@example("\ud800" * 12)
def test_any_text_has_a_kind(text: str) -> None:
    assert kind_of(text) in ForeignKind


@settings(deadline=timedelta(seconds=1))
@given(st.sampled_from([text for text, _ in KNOWN] + ["a-", "a.", "{", '"', "@", " "]), st.integers(1, 3_000))
def test_no_text_is_looked_at_for_long(text: str, times: int) -> None:
    assert kind_of(text * times) in ForeignKind


def test_what_was_scanned_is_not_in_the_answer() -> None:
    secret = "JBSWY3DPEHPK3PXP"
    answer = kind_of(f"otpauth://totp/Lab?secret={secret}")
    assert isinstance(answer, ForeignKind)
    assert secret not in repr(answer)
