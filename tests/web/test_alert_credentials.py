"""Who may speak as a source: no credential, a wrong, another's, an old, the right one (T6, T7)."""

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.alerts.authentication.keyring import KeyringError
from adapters.alerts.registry import AlertSettings, open_alert_sources
from gateway.ports.alerts import Trust
from tests.adapters.alerts import amazon
from tests.adapters.alerts.surroundings import NOW, Around, request_of
from tests.adapters.alerts.test_samples import KINDS
from tests.web.authority import Issued, client_tls, issued, server_tls
from tests.web.doors import Door, alert_door
from tests.web.test_alerts import sample

Shown = tuple[dict[str, str], Any]
"""Headers and body."""
RIGHT, OTHER, OLD, WRONG = "right-secret", "other-secret", "old-secret", "wrong-secret"
MAPPING = {"dedup": ["$.job"], "title": "$.job"}


@dataclass(frozen=True)
class Sender:
    """A vendor: its settings, and how it shows a secret with its body; `None` shows nothing."""

    settings: dict[str, Any]
    body: Any
    show: Callable[[Any, str | None], Shown]
    path: str = "/alerts/{name}"
    refusal: int = 401

    def named(self, name: str, *secrets: Any) -> dict[str, Any]:
        """Settings of a source with these secrets."""
        auth = {**self.settings["auth"], "secrets": list(secrets)}
        return {**self.settings, "name": name, "auth": auth}


def bearer(body: Any, secret: str | None) -> Shown:
    return ({"Authorization": f"Bearer {secret}"} if secret else {}), body


def basic(body: Any, secret: str | None) -> Shown:
    shown = base64.b64encode(str(secret).encode()).decode()
    return ({"Authorization": f"Basic {shown}"} if secret else {}), body


def in_header(body: Any, secret: str | None) -> Shown:
    return ({"X-Token": secret} if secret else {}), body


def routing_key(body: Any, secret: str | None) -> Shown:
    return {}, {**body, "routing_key": secret}


def hexadecimal(header: str, **beside: str) -> Callable[[Any, str | None], Shown]:
    def show(body: Any, secret: str | None) -> Shown:
        raw = json.dumps(body).encode()
        digest = hmac.new(str(secret).encode(), raw, "sha256").hexdigest()
        return beside | ({header: digest} if secret else {}), raw

    return show


def token(**more: Any) -> dict[str, Any]:
    return {"auth": {"profile": "token", **more}}


SENDERS = {
    "alertmanager": Sender(
        {"kind": "alertmanager", **token()}, sample("alertmanager", "firing"), bearer
    ),
    "grafana": Sender(
        {"kind": "grafana", "auth": {"profile": "grafana"}},
        sample("grafana", "firing"),
        hexadecimal("X-Grafana-Alerting-Signature"),
    ),
    "pagerduty": Sender(
        {"kind": "pagerduty", "auth": {"profile": "routing-key"}},
        sample("pagerduty", "firing"),
        routing_key,
        path="/v2/enqueue",
        refusal=400,
    ),
    "sns": Sender({"kind": "sns", **token(scheme="Basic")}, sample("sns", "raw-delivery"), basic),
    "datadog": Sender(
        {"kind": "datadog", **token(header="X-Token", scheme="")},
        sample("datadog", "firing"),
        in_header,
    ),
    "sentry": Sender(
        {"kind": "sentry", "auth": {"profile": "sentry"}},
        sample("sentry", "firing"),
        hexadecimal("Sentry-Hook-Signature", **{"Sentry-Hook-Resource": "event_alert"}),
    ),
    "cloudevents": Sender(
        {"kind": "cloudevents", **token()},
        sample("cloudevents", "firing"),
        lambda body, secret: (
            bearer(body, secret)[0] | {"Content-Type": "application/cloudevents+json"},
            body,
        ),
    ),
    "generic": Sender(
        {"kind": "generic", "mapping": MAPPING, **token(scheme="Key")},
        {"job": "nightly"},
        lambda body, secret: ({"Authorization": f"key {secret}"} if secret else {}, body),
    ),
}
EACH = pytest.mark.parametrize("kind", SENDERS)


def test_every_kind_is_in_the_matrix() -> None:
    """A new kind is attacked from its first day."""
    assert set(SENDERS) == KINDS


@EACH
async def test_only_the_right_credential_is_believed(kind: str) -> None:
    """Everything else is answered alike, and nothing of it reaches the core."""
    sender = SENDERS[kind]
    ended = {"value": OLD, "until": NOW.isoformat()}
    ours, theirs = sender.named("ours", ended, RIGHT), sender.named("theirs", OTHER)
    async with alert_door(ours, theirs) as door:
        refused = {
            await attempt(door, sender, secret) for secret in (None, WRONG, OLD, "", RIGHT + "x")
        }
        assert refused == {(sender.refusal, "")}
        other = await attempt(door, sender, OTHER)
        # Where the credential is the address, the other's credential is the other's address.
        assert other == ((202, "theirs") if kind == "pagerduty" else (sender.refusal, ""))
        assert await attempt(door, sender, RIGHT) == (202, "ours")


async def attempt(door: Door, sender: Sender, secret: str | None) -> tuple[int, str]:
    """Send once; the status, and the source whose alert reached the core."""
    headers, body = sender.show(sender.body, secret)
    before = len(door.intake.ingests)
    got = await door.send(sender.path.format(name="ours"), body, headers)
    taken = [ingest.source for ingest in door.intake.ingests[before:]]
    if got.status == 401:
        assert got.body == b""
    return got.status, "".join(taken)


@EACH
async def test_a_secret_ends_without_a_restart(kind: str) -> None:
    """The old one counts until its end and not a moment longer (T7)."""
    sender = SENDERS[kind]
    ends = {"value": OLD, "until": (NOW + timedelta(seconds=5)).isoformat()}
    async with alert_door(sender.named("ours", ends, RIGHT)) as door:
        assert (await attempt(door, sender, OLD))[0] == 202
        door.around.clock.move(5)
        assert (await attempt(door, sender, OLD))[0] == sender.refusal
        assert (await attempt(door, sender, RIGHT))[0] == 202


@EACH
async def test_a_secret_in_a_file_changes_without_a_restart(kind: str, tmp_path: Path) -> None:
    """A new file counts at once; a file that went away closes the door, it does not open it."""
    sender, file = SENDERS[kind], tmp_path / "ours"
    file.write_text(f"{OLD}\n")
    around = Around(folder=tmp_path)
    async with alert_door(sender.named("ours", "file:ours"), around=around) as door:
        assert (await attempt(door, sender, OLD))[0] == 202
        file.write_text(RIGHT)
        assert (await attempt(door, sender, OLD))[0] == sender.refusal
        assert (await attempt(door, sender, RIGHT))[0] == 202
        file.write_text(" \n")
        assert (await attempt(door, sender, ""))[0] == sender.refusal
        file.unlink()
        assert (await attempt(door, sender, RIGHT))[0] == sender.refusal
        assert (await attempt(door, sender, None))[0] == sender.refusal


async def test_sns_signatures_are_in_the_matrix_too() -> None:
    """None, wrong, another topic's, too old, right."""
    around = Around()
    around.amazon.pages = {amazon.CERTIFICATE: amazon.certificate()}
    old = (NOW - timedelta(hours=2)).isoformat()
    async with alert_door({"name": "aws", **amazon.SETTINGS}, around=around) as door:
        for message in (
            amazon.notification(),
            amazon.signed(amazon.notification(), "stranger"),
            amazon.signed(amazon.notification(TopicArn="arn:aws:sns:eu-west-1:9:other")),
            amazon.signed(amazon.notification(Timestamp=old)),
        ):
            got = await door.send("/alerts/aws", message)
            assert (got.status, got.body) == (401, b"")
        right = amazon.signed(amazon.notification())
        assert (await door.send("/alerts/aws", right)).status == 202
        assert len(door.intake.ingests) == 1


@pytest.mark.parametrize("shown", ["Bearer", "Bearer ", "bearer  right-secret x", "Basic right"])
async def test_half_a_credential_is_none(shown: str) -> None:
    """The scheme may be written in any case, the rest is the secret."""
    source = Around().source(**SENDERS["alertmanager"].named("ours", RIGHT))
    checked = await source.authenticate(request_of(b"", {"Authorization": shown}))
    assert checked.trust is not Trust.GENUINE


async def test_a_secret_in_the_address_needs_permission() -> None:
    """Addresses end up in logs, so it is refused unless settings say otherwise."""
    sender = SENDERS["alertmanager"]
    closed, opened = sender.named("closed", RIGHT), sender.named("opened", RIGHT)
    opened["auth"]["query"] = "access_token"
    async with alert_door(closed, opened) as door:

        async def send(path: str, **headers: str) -> int:
            return (await door.send(path, sender.body, headers)).status

        assert await send(f"/alerts/closed?access_token={RIGHT}") == 401
        assert await send(f"/alerts/opened?access_token={RIGHT}") == 202
        assert await send(f"/alerts/opened?access_token={WRONG}") == 401
        assert await send("/alerts/opened?=") == 401
        assert await send(f"/alerts/opened?access_token={WRONG}&access_token={RIGHT}") == 401
        assert await send("/alerts/opened") == 401
        assert await send(f"/alerts/opened?access_token={RIGHT}", Authorization="Bearer x") == 401


# --- settings ----------------------------------------------------------------------------------


def settings(**source: Any) -> AlertSettings:
    """Settings with one source."""
    given = {"name": "ci", "kind": "generic", "preset": "goalert", **source}
    return AlertSettings.model_validate({"sources": [given]})


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"insecure": False},
        {"insecure": True, "auth": {"profile": "token", "secrets": ["x"]}},
        {"auth": {"profile": "token", "secrets": []}},
        {"auth": {"profile": "token", "secrets": [""]}},
        {"auth": {"profile": "token", "secrets": ["  "]}},
        {"auth": {"profile": "token", "secrets": [{"until": "2026-12-01T00:00:00Z"}]}},
        {"auth": {"profile": "token", "secrets": [{"value": "x", "until": "2026-12-01"}]}},
        {"auth": {"profile": "none"}},
        {"auth": {"profile": "mtls", "subjects": []}},
        {"kind": "pagerduty", "preset": None},
        {"name": "../etc", "insecure": True},
    ],
)
def test_no_source_goes_without_a_credential_by_accident(source: dict[str, Any]) -> None:
    """An empty secret, or none, is a mistake at the start and not an open door."""
    with pytest.raises(ValidationError):
        settings(**source)


def test_an_open_source_is_named_to_the_composition() -> None:
    """Which allows it on loopback only."""
    assert settings(insecure=True).insecure() == ("ci",)
    assert settings(auth={"profile": "token", "secrets": ["x"]}).insecure() == ()


async def test_an_open_source_takes_from_everybody() -> None:
    """As it was written out."""
    source = {"name": "ci", "kind": "generic", "mapping": MAPPING, "auth": None, "insecure": True}
    async with alert_door(source) as door:
        assert (await door.send("/alerts/ci", {"job": "nightly"})).status == 202


def test_two_sources_cannot_share_a_name() -> None:
    """The second would be unreachable."""
    one = {"name": "ci", "kind": "alertmanager", "insecure": True}
    with pytest.raises(ValidationError, match="same name"):
        AlertSettings.model_validate({"sources": [one, one]})


@pytest.mark.parametrize(
    ("profile", "secret"),
    [
        ("token", "file:missing"),
        ("token", "file:empty"),
        ("token", "file:long"),
        ("token", "file:binary"),
        ("standard-webhooks", "whsec_short"),
        ("standard-webhooks", "whsec_" + base64.b64encode(b"x" * 23).decode()),
        ("standard-webhooks", "whsec_" + base64.b64encode(b"x" * 65).decode()),
        ("standard-webhooks", base64.b64encode(b"x" * 32).decode()),
        ("standard-webhooks", "whpk_" + base64.b64encode(b"x" * 31).decode()),
    ],
)
def test_an_unusable_secret_stops_the_start(profile: str, secret: str, tmp_path: Path) -> None:
    """With words that do not hold it."""
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "long").write_text("x" * 5000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    auth = {"profile": profile, "secrets": [secret]}
    with pytest.raises(KeyringError) as refused:
        Around(folder=tmp_path).source(kind="generic", preset="goalert", auth=auth)
    assert secret not in str(refused.value)


async def test_the_source_with_the_unusable_secret_is_named() -> None:
    """An operator has twenty of them."""
    around = Around()
    auth = {"profile": "token", "secrets": ["file:missing"]}
    with pytest.raises(KeyringError, match=r"^alerts\.sources\.ci: file missing cannot be read"):
        async with open_alert_sources(
            settings(auth=auth), secrets=None, clock=around.clock, observer=around.log
        ):
            pass


async def test_sources_open_by_name_and_by_routing_key(tmp_path: Path) -> None:
    """As the composition opens them."""
    (tmp_path / "key").write_text("k3y")
    auth = {"profile": "routing-key", "secrets": ["file:key"]}
    cron = {"name": "cron", "kind": "pagerduty", "auth": auth}
    ci = {"name": "ci", "kind": "generic", "preset": "goalert", "insecure": True}
    given, around = AlertSettings.model_validate({"sources": [cron, ci]}), Around()
    async with open_alert_sources(
        given, secrets=tmp_path, clock=around.clock, observer=around.log
    ) as sources:
        by_key, by_name = sources.keyed(b'{"routing_key":"k3y"}'), sources.named("ci")
        assert (by_key and by_key.name, by_name and by_name.name) == ("cron", "ci")
        assert sources.named("cron") is sources.keyed(b'{"routing_key":"k"}') is None


# --- client certificates -----------------------------------------------------------------------


async def test_a_client_certificate_is_known_by_its_subject(tmp_path: Path) -> None:
    """TLS verifies it, the source expects it; another of the same authority is a stranger."""
    authority = issued("authority")
    listener = server_tls(issued("gateway", authority), authority, tmp_path)
    auth = {"profile": "mtls", "subjects": ["CN=am,O=Acme"]}
    source = {"name": "am", "kind": "alertmanager", "auth": auth}

    async def send(own: Issued | None) -> int:
        sender = client_tls(own, authority, tmp_path)
        async with alert_door(source, tls=listener, client=sender) as door:
            return (await door.send("/alerts/am", sample("alertmanager", "firing"))).status

    assert await send(issued("am", authority)) == 202
    assert await send(issued("graf", authority)) == 401
    assert await send(None) == 401
