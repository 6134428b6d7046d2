"""RINGCENTRAL: the app, the sender and what both may do."""

import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.chat.slack_simulator import SlackServerConfig, running_slack
from adapters.pager.embedded import PagerServerConfig, RateLimits, running_pager
from adapters.pager.ringcentral.asking import Heard
from adapters.pager.ringcentral.subscriptions import Subscription
from adapters.pager.ringcentral.survey import SCOPES, RingCentralSurvey
from adapters.registry import RingCentralBackend
from gateway.demo.world import free_port
from gateway.doctor import ringcentral
from gateway.doctor.findings import Finding
from gateway.settings import load_settings
from gateway.system import SystemClock
from tests.doctor.office import PEOPLE, Office

Opening = Callable[[Mapping[str, Any]], AbstractAsyncContextManager[Office]]


@pytest.fixture
def another(tmp_path: Path) -> Opening:
    """Open an office whose company differs in some places."""

    @asynccontextmanager
    async def opened(changes: Mapping[str, Any]) -> AsyncIterator[Office]:
        config = PagerServerConfig(directory={**PEOPLE, **changes}, limits=RateLimits.off())
        async with running_slack(SlackServerConfig()) as slack, running_pager(config) as pager:
            yield Office.opened(tmp_path, slack, pager)

    return opened


def sender(**more: Any) -> dict[str, Any]:
    """Describe everybody, with a shared sender that is different."""
    others = [each for each in PEOPLE["people"] if each["number"] != "700"]
    return {"people": [*others, {"number": "700", "name": "Pager Gateway", **more}]}


async def test_ringcentral_that_cannot_be_reached(office: Office) -> None:
    """A firewall, or an address of the past; names cannot be compared then."""
    office.tables["pager"]["server_url"] = f"http://127.0.0.1:{free_port()}"
    found = await office.examined()
    found.failed("ringcentral.unreachable", "nobody answers", "pager.server_url")
    found.warned("directory.unread", "nobody told", "RINGCENTRAL")


async def test_an_app_that_is_not_known(office: Office) -> None:
    """Client id or secret: RingCentral does not say which."""
    office.hides("pager__client_secret", "another-secret")
    found = await office.examined()
    found.failed("ringcentral.app_refused", "OAU-146", "pager.client_id and pager.client_secret")


async def test_a_credential_that_was_revoked(office: Office) -> None:
    """Or is another app's, or was cut off when copied."""
    office.hides("pager__jwt", office.pager.jwt["700"][:-4])
    found = await office.examined()
    found.failed("ringcentral.jwt_refused", "revoked", "make a JWT credential")


async def test_a_credential_that_ended(office: Office) -> None:
    """The day stands in it."""
    office.hides("pager__jwt", jwt_until(datetime(2020, 9, 13, tzinfo=UTC)))
    found = await office.examined()
    found.failed("ringcentral.jwt_expired", "ended on 2020-09-13", "make a JWT credential")


@pytest.mark.parametrize("missing", ["InternalMessages", "ReadAccounts", "SubscriptionWebhook"])
async def test_an_app_without_a_permission(another: Opening, missing: str) -> None:
    """It is named with what does not work."""
    scopes = sorted({"InternalMessages", "ReadAccounts", "SubscriptionWebhook"} - {missing})
    app = {"client_id": "gw", "client_secret": "app-secret", "scopes": scopes}
    async with another({"apps": [app]}) as office:
        found = await office.examined()
        found.failed("ringcentral.app_permission_missing", missing, "app's permissions")


async def test_a_sender_whose_role_may_not_send(another: Opening) -> None:
    """The permission stands in the admin portal under its role."""
    async with another(sender(permissions={"InternalSMS": False})) as office:
        found = await office.examined()
        found.failed("ringcentral.permission_missing", "InternalSMS: sending pages", "Roles")


async def test_a_sender_whose_plan_has_no_pages(another: Opening) -> None:
    """No role helps there."""
    async with another(sender(features={"PagesSending": False})) as office:
        found = await office.examined()
        found.failed("ringcentral.feature_missing", "switched off", "plan")


async def test_a_department_as_sender(office: Office) -> None:
    """It can sign in, but never send."""
    office.hides("pager__jwt", office.pager.jwt["400"])
    found = await office.examined()
    found.failed("ringcentral.sender_is_department", "DBA (400)", "an extension of its own")


async def test_a_sender_who_is_frozen(office: Office) -> None:
    """Nobody signs in with a frozen extension."""
    office.hides("pager__jwt", office.pager.jwt["103"])
    found = await office.examined()
    found.failed("ringcentral.sender_locked", "frozen", "Enable its extension")


async def test_an_app_that_signed_in_too_often(tmp_path: Path) -> None:
    """Five times a minute, the gateway's own included: no fault of the credential."""
    config = PagerServerConfig(directory=PEOPLE, limits=RateLimits(auth=1))
    async with running_slack(SlackServerConfig()) as slack, running_pager(config) as pager:
        office = Office.opened(tmp_path, slack, pager)
        assert (await office.examined()).report.healthy
        found = await office.examined()
    found.warned("ringcentral.too_fast", "five times a minute", "two minutes")
    assert found.report.healthy


async def test_no_session_is_left_behind(office: Office) -> None:
    """Five live at a time: looking often must not push the gateway's out."""
    for _ in range(7):
        assert (await office.examined()).report.healthy
    assert not office.pager.pager.sessions._live


async def test_without_ringcentral_the_company_of_the_file_is_looked_at(office: Office) -> None:
    """Its shared sender has to be somebody."""
    office.tables["pager"] = {"backend": "embedded", "shared_sender": "400"}
    for name in ("pager__client_secret", "pager__jwt"):
        (office.folder / "secrets" / name).unlink()
    found = await office.examined()
    found.failed("ringcentral.sender_unknown", "400 is no active person", "pager.shared_sender")
    office.tables["pager"]["shared_sender"] = "700"
    assert (await office.examined()).one("ringcentral.embedded").what.startswith("a company pager")


async def test_a_company_file_with_a_mistake(office: Office) -> None:
    """The embedded pager would not start."""
    file = office.folder / "company.yaml"
    file.write_text("peeple: []\n", encoding="utf-8")
    office.tables["pager"] = {"backend": "embedded", "directory": str(file)}
    for name in ("pager__client_secret", "pager__jwt"):
        (office.folder / "secrets" / name).unlink()
    found = await office.examined()
    found.failed("ringcentral.company_unusable", "company.yaml", "pager.directory")


def jwt_until(moment: datetime) -> str:
    """Write a credential that says when it ends; only RingCentral could sign it."""
    claims = base64.urlsafe_b64encode(json.dumps({"exp": moment.timestamp()}).encode()).decode()
    return f"e30.{claims.rstrip('=')}.c2ln"


def test_a_credential_that_ends_soon(office: Office) -> None:
    """Two weeks are enough to make another."""
    ends = SystemClock().now() + timedelta(days=5)
    office.hides("pager__jwt", jwt_until(ends))
    finding = judged(office, RingCentralSurvey(Heard(200)))["ringcentral.jwt_ending"]
    assert finding.level.value == "warn"
    assert f"{ends:%Y-%m-%d}" in finding.what


def judged(office: Office, survey: RingCentralSurvey) -> dict[str, Finding]:
    """Judge answers that the embedded pager does not give."""
    office.write()
    backend = load_settings(office.file).known_pager()
    assert isinstance(backend, RingCentralBackend)
    checks = ringcentral.CHECKS
    found = [each for check in checks for each in check(survey, backend, SystemClock())]
    return {each.code: each for each in found}


def test_a_sender_who_is_not_activated(office: Office) -> None:
    """Signed in, and still not able to send."""
    about = {"name": "Pager", "extensionNumber": "700", "type": "User", "status": "NotActivated"}
    survey = RingCentralSurvey(Heard(200), frozenset(SCOPES), Heard(200, record=about))
    finding = judged(office, survey)["ringcentral.sender_inactive"]
    assert finding.level.value == "fail"
    assert "700) is NotActivated" in finding.what


def test_a_service_that_hangs(office: Office) -> None:
    """Signed in, and then nothing: everything else would only be waited for."""
    survey = RingCentralSurvey(Heard(200), frozenset(SCOPES), Heard())
    finding = judged(office, survey)["ringcentral.hangs"]
    assert finding.level.value == "fail"
    assert "Look again" in finding.fix


def test_a_service_that_does_not_say_who_is_there(office: Office) -> None:
    """Signed in, and refused for a reason of no other check: that names are unknown has a cause."""
    whole = RingCentralSurvey(Heard(200), frozenset(SCOPES), Heard(200), listing=Heard(200))
    assert "ringcentral.untold" not in judged(office, whole)
    finding = judged(office, replace(whole, listing=Heard(503)))["ringcentral.untold"]
    assert finding.level.value == "fail"
    assert "who is there (503)" in finding.what
    assert "ReadExtensions" in finding.fix


def test_a_webhook_that_was_stopped(office: Office) -> None:
    """RingCentral blacklists what it could not reach; the gateway makes a new one."""
    stopped = Subscription("1", active=False, address="", expires_at=SystemClock().now())
    survey = RingCentralSurvey(Heard(200), frozenset(SCOPES), webhooks=(stopped,))
    finding = judged(office, survey)["ringcentral.webhook_stopped"]
    assert finding.level.value == "warn"
    assert "See NETWORK" in finding.fix
