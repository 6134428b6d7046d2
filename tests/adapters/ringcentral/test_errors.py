"""Every refusal RingCentral documents, in our words."""

import json
from dataclasses import fields

import pytest

from adapters.pager.ringcentral.errors import TABLE, Row, Said, Subject, translate
from adapters.pager.ringcentral.transport import Answer
from gateway.domain.errors import (
    DepartmentSenderError,
    Disposition,
    EmptyDepartmentError,
    MessageTooLongError,
    NotAParticipantError,
    PagerAuthError,
    PagerError,
    PagerOutcomeUnknownError,
    PagerRejectedError,
    PagerThrottledError,
    PagerUnavailableError,
    PagerUnknownRecipientError,
    PermissionMissingError,
    RecipientUnavailableError,
    SenderMismatchError,
    ThreadTooOldError,
    WrongRecipientTypeError,
)
from gateway.domain.ids import ExtensionNumber

E102, E400, E777 = (ExtensionNumber(n) for n in ("102", "400", "777"))
SUBJECT = Subject(sender="101", to=(E102, E777))

# The translation table of the house, row by row: status, code, parameter, our error.
DOCUMENTED: list[tuple[int, str, str, type[PagerError]]] = [
    (403, "MSG-326", "", NotAParticipantError),
    (403, "MSG-325", "", ThreadTooOldError),
    (403, "MSG-330", "", DepartmentSenderError),
    (403, "MSG-314", "", WrongRecipientTypeError),
    (400, "MSG-324", "", RecipientUnavailableError),
    (400, "MSG-316", "to", EmptyDepartmentError),
    (400, "MSG-331", "from", SenderMismatchError),
    (400, "MSG-332", "from", SenderMismatchError),
    (400, "MSG-335", "to", SenderMismatchError),
    (400, "MSG-337", "", MessageTooLongError),
    (400, "MSG-338", "", MessageTooLongError),
    (400, "CMN-101", "text", MessageTooLongError),
    (400, "MSG-333", "", PagerRejectedError),
    (400, "CMN-101", "to", PagerUnknownRecipientError),
    (400, "CMN-101", "to.phoneNumber", PagerUnknownRecipientError),
    (400, "CMN-102", "to[1].extensionNumber", PagerUnknownRecipientError),
    (400, "CMN-414", "to", PagerUnknownRecipientError),
    (404, "CMN-102", "to", PagerUnknownRecipientError),
    (400, "CMN-102", "from.extensionId", SenderMismatchError),
    (400, "CMN-101", "from", SenderMismatchError),
    (400, "CMN-102", "replyOn", ThreadTooOldError),
    (400, "CMN-101", "replyOn", PagerRejectedError),
    (400, "CMN-101", "token", PagerRejectedError),
    (404, "CMN-102", "extensionId", PagerRejectedError),
    (404, "CMN-120", "", PagerRejectedError),
    (400, "CMN-103", "", PagerRejectedError),
    (400, "CMN-104", "", PagerRejectedError),
    (403, "CMN-401", "", PermissionMissingError),
    (403, "CMN-402", "", PermissionMissingError),
    (403, "CMN-403", "", PermissionMissingError),
    (403, "CMN-404", "", PermissionMissingError),
    (403, "CMN-408", "", PermissionMissingError),
    (403, "CMN-419", "", PermissionMissingError),
    (403, "CMN-109", "", PermissionMissingError),
    (401, "OAU-128", "", PagerAuthError),
    (401, "OAU-129", "", PagerAuthError),
    (401, "OAU-149", "", PagerAuthError),
    (401, "OAU-213", "", PagerAuthError),
    (401, "OAU-141", "", PagerAuthError),
    (401, "CMN-405", "", PagerAuthError),
    (403, "OAU-142", "", PagerAuthError),
    (403, "OAU-105", "", PagerAuthError),
    (429, "CMN-301", "", PagerThrottledError),
    (429, "CMN-302", "", PagerThrottledError),
    (429, "CMN-303", "", PagerThrottledError),
    (429, "CMN-310", "", PagerThrottledError),
    (429, "MSG-305", "", PagerThrottledError),
    (429, "CMN-304", "", PagerOutcomeUnknownError),
    (500, "CMN-203", "", PagerOutcomeUnknownError),
    (503, "CMN-201", "", PagerOutcomeUnknownError),
    (501, "CMN-202", "", PagerOutcomeUnknownError),
    (503, "CMN-211", "", PagerUnavailableError),
    (403, "SUB-405", "", PagerRejectedError),
    (403, "SUB-505", "", PagerRejectedError),
    (404, "SUB-507", "", PagerRejectedError),
    (400, "SUB-508", "", PagerRejectedError),
    (400, "SUB-525", "", PagerRejectedError),
]


def refusal(status: int, code: str, parameter: str = "", **more: str) -> Answer:
    error = {"errorCode": code, "message": "what nobody should read", **more}
    if parameter:
        error["parameterName"] = parameter
    body = json.dumps({**error, "errors": [error]}).encode()
    return Answer(status, {"rcrequestid": "trace-1"}, body)


@pytest.mark.parametrize(("status", "code", "parameter", "expected"), DOCUMENTED)
def test_every_documented_refusal_has_its_word(
    status: int, code: str, parameter: str, expected: type[PagerError]
) -> None:
    """By status and code, traceable, and without the answer's text."""
    error = translate(refusal(status, code, parameter), SUBJECT)
    assert type(error) is expected
    assert (error.vendor_code, error.trace) == (code, "trace-1")
    assert "nobody" not in repr(error)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.status}-{row.code}-{row.about}")
def test_no_row_of_the_table_is_dead(row: Row) -> None:
    """Each row is reached by the refusal it describes."""
    expected = row.make(Said(row.status, row.code), SUBJECT)
    assert type(translate(refusal(row.status, row.code, row.about), SUBJECT)) is type(expected)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, PagerRejectedError),
        (401, PagerAuthError),
        (403, PagerRejectedError),
        (404, PagerRejectedError),
        (408, PagerOutcomeUnknownError),
        (409, PagerRejectedError),
        (418, PagerRejectedError),
        (429, PagerThrottledError),
        (302, PagerOutcomeUnknownError),
        (500, PagerOutcomeUnknownError),
        (502, PagerOutcomeUnknownError),
        (503, PagerOutcomeUnknownError),
        (504, PagerOutcomeUnknownError),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad gateway</html>",
        b"[]",
        b'{"errors": []}',
        b'{"errors": [null, 7]}',
        b'{"errorCode": 7}',
        b'{"errorCode": "XYZ-999", "errors": [{"errorCode": "XYZ-999"}]}',
        b'{"errorCode": "' + b"A" * 5000 + b'"}',
        b'{"a":' * 5000,
        b'{"errors": NaN}',
        b"\xff\xfe",
    ],
)
def test_an_unknown_refusal_is_still_safe(
    status: int, expected: type[PagerError], body: bytes
) -> None:
    """What the table does not know is decided by its status, whatever the body."""
    error = translate(Answer(status, {"rcrequestid": "trace-1"}, body), SUBJECT)
    assert type(error) is expected
    assert error.trace == "trace-1"
    assert len(error.vendor_code) <= 40


def test_the_first_of_several_errors_counts() -> None:
    """`errors[0]` goes before the rest and before the older word on top."""
    body = {
        "errorCode": "InvalidParameter",
        "errors": [{"errorCode": "MSG-326"}, {"errorCode": "MSG-324"}],
    }
    answer = Answer(403, {}, json.dumps(body).encode())
    assert isinstance(translate(answer, SUBJECT), NotAParticipantError)


def test_maintenance_is_known_by_its_older_word_too() -> None:
    """Some answers have `MaintenanceMode` on top and another code inside."""
    body = {"errorCode": "MaintenanceMode", "errors": [{"errorCode": "CMN-201"}]}
    error = translate(Answer(503, {}, json.dumps(body).encode()), SUBJECT)
    assert isinstance(error, PagerUnavailableError)
    assert error.disposition is Disposition.RETRY_LATER


def test_the_recipient_an_error_is_about_is_named_from_our_own_request() -> None:
    """By index, by value, or because there is only one; never from foreign text."""
    by_index = translate(refusal(400, "CMN-102", "to[1].extensionNumber"), SUBJECT)
    by_value = translate(refusal(400, "CMN-102", "to", parameterValue="777"), SUBJECT)
    foreign = translate(refusal(400, "CMN-102", "to", parameterValue="<!channel>"), SUBJECT)
    alone = translate(refusal(400, "MSG-324"), Subject("101", (E102,)))
    assert isinstance(by_index, PagerUnknownRecipientError)
    assert isinstance(by_value, PagerUnknownRecipientError)
    assert isinstance(foreign, PagerUnknownRecipientError)
    assert isinstance(alone, RecipientUnavailableError)
    assert (by_index.extension, by_value.extension, foreign.extension) == ("777", "777", "")
    assert alone.extensions == (E102,)


def test_the_two_meanings_of_msg_316_are_told_apart_where_departments_are_known() -> None:
    """A department without members, or an extension that does not exist."""
    answer = refusal(400, "MSG-316", "to")
    known = frozenset({E400})
    empty = translate(answer, Subject("101", (E400, E102), known))
    missing = translate(answer, Subject("101", (E777,), known))
    unsure = translate(answer, Subject("101", (E777,)))
    assert isinstance(empty, EmptyDepartmentError)
    assert empty.department == "400"
    assert isinstance(missing, PagerUnknownRecipientError)
    assert isinstance(unsure, EmptyDepartmentError)


def test_what_is_said_about_people_is_filled_in() -> None:
    """The sender who lost a conversation, the department that tried, the permission missing."""
    lost = translate(refusal(403, "MSG-326"), SUBJECT)
    department = translate(refusal(403, "MSG-330"), Subject("400"))
    missing = translate(refusal(403, "CMN-408", permissionName="InternalSMS"), SUBJECT)
    assert isinstance(lost, NotAParticipantError)
    assert isinstance(department, DepartmentSenderError)
    assert isinstance(missing, PermissionMissingError)
    assert (lost.sender, department.department) == ("101", "400")
    assert (missing.kind.value, missing.permission) == ("person", "InternalSMS")


def test_no_error_can_hold_what_the_answer_said() -> None:
    """Every text field of every error of the table is a code, a trace or one of our numbers."""
    poison = "secret words"
    for row in TABLE:
        answer = refusal(
            row.status, row.code, row.about, parameterValue=poison, permissionName=poison
        )
        error = translate(answer, SUBJECT)
        values = [str(getattr(error, each.name)) for each in fields(error)]
        assert poison not in " ".join(values)
