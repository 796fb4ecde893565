"""Lines of CEF and LEEF as detections."""

import pytest
from tests.unit.taking import STAMP, Take, Taken

from tocsin.domain.instant import parse
from tocsin.messages.record import Topic

ACME = (("tenant", b"acme"),)
TORONTO = (*ACME, ("sensor", b"acme-sensor-2"))


@pytest.fixture
def adapt(take: Take) -> Take:
    def adapt(line: str, headers: object = ACME) -> Taken:
        return take(Topic.SECURITY_EVENTS, line.encode(), headers=headers)

    return adapt


def cef(severity: str = "5", **attributes: str) -> str:
    extension = " ".join(f"{key}={value}" for key, value in attributes.items())
    return f"CEF:0|Example|Wall|7.2|34113|A blocked path|{severity}|{extension}"


@pytest.mark.parametrize(
    ("written", "severity", "assumed"),
    [
        ("0", "low", False),
        ("3", "low", False),
        ("4", "medium", False),
        ("6", "medium", False),
        ("7", "high", False),
        ("8", "high", False),
        ("9", "critical", False),
        ("10", "critical", False),
        ("11", "medium", True),
        ("-1", "medium", True),
        ("Low", "low", False),
        ("Medium", "medium", False),
        ("HIGH", "high", False),
        ("Very-High", "critical", False),
        ("Unknown", "medium", True),
        ("", "medium", True),
    ],
)
def test_severities_of_cef_are_0_to_10_or_words_in_any_case(
    adapt: Take, written: str, severity: str, assumed: bool
) -> None:
    body = adapt(cef(written)).input.body
    assert (body.severity, body.severity_assumed) == (severity, assumed)


@pytest.mark.parametrize(
    ("attributes", "instant"),
    [
        ({"rt": "1772355598000", "start": "1"}, "2026-03-01T08:59:58Z"),
        ({"start": "1772355598000", "end": "1772355599000"}, "2026-03-01T08:59:58Z"),
        ({"end": "1772355598"}, "2026-03-01T08:59:58Z"),
        ({"rt": "soon", "end": "1772355598"}, "2026-03-01T08:59:58Z"),
        ({"rt": "Mar 01 2026 03:59:58"}, "2026-03-01T08:59:58Z"),
        ({"rt": "Mar 01 2026 08:59:58.120 GMT+01:00"}, "2026-03-01T07:59:58.120Z"),
        ({"rt": "Mar 1 03:59:58"}, "2026-03-01T08:59:58Z"),
        ({"rt": "Dec 31 03:59:58"}, "2025-12-31T08:59:58Z"),
        ({"rt": "Sun Mar 01 08:59:58 UTC 2026"}, "2026-03-01T08:59:58Z"),
        ({"rt": "2026/03/01 08:59:58 GMT"}, "2026-03-01T08:59:58Z"),
        ({"rt": "01-Mar-2026 08:59:58 +0000"}, "2026-03-01T08:59:58Z"),
        ({"rt": "2026-03-01T08:59:58Z"}, "2026-03-01T08:59:58Z"),
    ],
)
def test_the_time_is_rt_start_or_end_as_devices_write_them(
    adapt: Take, attributes: dict[str, str], instant: str
) -> None:
    taken = adapt(cef(**attributes), TORONTO).input
    assert (taken.happened_at, taken.dated_by_arrival) == (parse(instant), False)


@pytest.mark.parametrize("stamp", ["", "Foo 01 2026 08:59:58", "Feb 31 2026 08:59:58", "Mar 01 2026 08:59:58 XYZ", "7"])
def test_a_time_that_says_nothing_leaves_the_line_dated_by_its_arrival(adapt: Take, stamp: str) -> None:
    taken = adapt(cef(rt=stamp)).input
    assert (taken.happened_at, taken.dated_by_arrival) == (STAMP, True)


def test_a_stamp_without_an_offset_says_nothing_of_a_device_whose_zone_nobody_knows(adapt: Take) -> None:
    assert adapt(cef(rt="Mar 01 2026 08:59:58")).input.dated_by_arrival


@pytest.mark.parametrize(
    ("attributes", "asset"),
    [
        ({"src": "203.0.113.9", "dst": "10.0.4.7"}, "10.0.4.7"),
        ({"src": "10.0.4.7", "dst": "203.0.113.9"}, "10.0.4.7"),
        ({"src": "10.0.4.7", "shost": "laptop-4", "dst": "203.0.113.9", "dhost": "evil.example"}, "laptop-4"),
        ({"src": "10.0.4.7", "dst": "10.0.4.8", "dhost": "fs-8"}, "fs-8"),
        ({"src": "10.0.4.7", "dst": "10.0.4.8", "dvc": "10.0.4.7", "shost": "laptop-4"}, "laptop-4"),
        ({"dvc": "10.0.4.1", "dvchost": "wall-1"}, "wall-1"),
        ({"src": "", "dvc": "10.0.4.1"}, "10.0.4.1"),
        ({}, "unknown"),
    ],
)
def test_the_asset_is_the_tenants_own_endpoint_by_its_name_else_the_device(
    adapt: Take, attributes: dict[str, str], asset: str
) -> None:
    assert adapt(cef(**attributes)).input.body.asset == asset


def test_what_is_escaped_is_meant_and_what_is_not_is_read_as_it_was_meant(adapt: Take) -> None:
    line = r"CEF:0|Ex\|ample|Wall|1|s\\1|a \| b \ c = d|5|request=http://a/?x=1&src=9 msg=k\=v dst=10.0.4.7"
    body = adapt(line).input.body
    assert (body.signature, body.title, body.asset) == ("s\\1", r"a | b \ c = d", "10.0.4.7")
    assert body.key == "cef~1Ex|ample~1Wall/signature/s\\1/10.0.4.7"


def test_a_header_that_lacks_the_name_is_read_all_the_same(adapt: Take) -> None:
    body = adapt("CEF:0|A10|TPS|3.6|DDOS|7|cnt=3327 src=192.0.2.33 dst=10.0.4.7 act=drop").input.body
    assert (body.signature, body.title, body.severity, body.asset) == ("DDOS", "DDOS", "high", "10.0.4.7")


@pytest.mark.parametrize(
    "header",
    [
        "<134>Mar  1 08:59:58 acme-sensor-1 ",
        "<134>1 2026-03-01T08:59:58Z acme-sensor-1 ",
        "Mar  1 08:59:58 acme-sensor-1 ",
    ],
)
def test_the_host_in_the_syslog_header_finds_the_tenant(adapt: Take, header: str) -> None:
    taken = adapt(header + cef(), ()).input
    assert (taken.tenant, taken.source) == ("acme", "acme-sensor-1")


def test_a_line_of_nobodys_device_is_a_dead_letter(adapt: Take) -> None:
    assert adapt(cef(), ()).reason == "no_tenant"


@pytest.mark.parametrize("line", ["CEF:0|", "CEF:0|a|b|c|d|e", "LEEF:1.0|a|b|c"])
def test_a_header_with_too_few_fields_is_a_dead_letter(adapt: Take, line: str) -> None:
    assert adapt(line).reason == "invalid_data"


@pytest.mark.parametrize("text", ["CEF is a format", "xCEF:0|a|b|c|d|e|5|", '{"a": "CEF:0|a|b|c|d|e|5|"}'])
def test_what_only_speaks_of_cef_is_no_line_of_it(adapt: Take, text: str) -> None:
    assert adapt(text).reason in ("not_json", "unknown_shape")


def test_bytes_that_are_no_text_do_not_lose_a_detection(take: Take) -> None:
    body = take(Topic.SECURITY_EVENTS, b"CEF:0|a|b|c|d|na\xefve|5|dst=10.0.4.7", headers=ACME).input.body
    assert body.title == "na\N{REPLACEMENT CHARACTER}ve"


@pytest.mark.parametrize(
    ("attributes", "delimiter"),
    [
        ("|src=203.0.113.9\tdst=10.0.4.7\tsev=8", "tab, declared nowhere"),
        ("||src=203.0.113.9\tdst=10.0.4.7\tsev=8", "tab, declared as nothing"),
        ("|^|src=203.0.113.9^dst=10.0.4.7^sev=8", "a character"),
        ("|x5E|src=203.0.113.9^dst=10.0.4.7^sev=8", "hexadecimal"),
        ("|0x09|src=203.0.113.9\tdst=10.0.4.7\tsev=8", "hexadecimal with 0"),
        ("|src=203.0.113.9 dst=10.0.4.7 sev=8", "white space, against the rule"),
    ],
)
def test_attributes_of_leef_2_are_parted_by_the_delimiter_that_it_declares(
    adapt: Take, attributes: str, delimiter: str
) -> None:
    body = adapt(f"LEEF:2.0|Example|Flow Watch|1.0|41{attributes}").input.body
    assert (body.asset, body.severity) == ("10.0.4.7", "high"), delimiter


@pytest.mark.parametrize(
    ("form", "stamp"),
    [
        ("MMM dd yyyy HH:mm:ss", "Mar 01 2026 03:59:58"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2026-03-01T08:59:58.000+0000"),
        ("dd/MM/yyyy hh:mm:ss a", "01/03/2026 03:59:58 AM"),
        ("MM/dd/yy HH:mm:ss z", "03/01/26 08:59:58 GMT"),
        ("no such form", "1772355598000"),
    ],
)
def test_dev_time_is_read_as_dev_time_format_says(adapt: Take, form: str, stamp: str) -> None:
    taken = adapt(f"LEEF:1.0|Example|Guard|4|7|devTime={stamp}\tdevTimeFormat={form}\tsev=5", TORONTO).input
    assert (taken.happened_at, taken.dated_by_arrival) == (parse("2026-03-01T08:59:58Z"), False)


def test_the_category_is_part_of_the_signature_since_the_event_id_alone_may_name_success_and_failure(
    adapt: Take,
) -> None:
    failed, passed = (
        adapt(f"LEEF:1.0|M|Exchange|2013|Login Event|cat={it}\tsev=5").input.body for it in ("Failed", "Success")
    )
    assert (failed.signature, passed.signature) == ("Login Event Failed", "Login Event Success")
