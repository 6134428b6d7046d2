"""RINGCENTRAL: the app, the sender's credential, what both may do, and the webhook."""

from collections.abc import Callable
from datetime import datetime, timedelta

from adapters.pager.ringcentral.asking import UNREACHABLE, Heard
from adapters.pager.ringcentral.credentials import App, Credential
from adapters.pager.ringcentral.settings import RingCentralSettings
from adapters.pager.ringcentral.survey import PERMISSIONS, SCOPES, RingCentralSurvey
from adapters.registry import EmbeddedBackend
from gateway.doctor.findings import Finding, Findings, fail, ok, warn
from gateway.domain.directory import DirectorySnapshot, ExtensionKind
from gateway.ports.clock import Clock

Check = Callable[[RingCentralSurvey, RingCentralSettings, Clock], Findings]

_CONSOLE = "https://developers.ringcentral.com/console"
_NEW_JWT = (
    "Sign in as the shared sender, make a JWT credential for this app in the developer console "
    "(Credentials), and run `gateway setup ringcentral`."
)
_APP = frozenset({"OAU-123", "OAU-146", "OAU-127", "OAU-251", "invalid_client"})
_STATE = frozenset({"OAU-105", "OAU-141", "OAU-142"})
_TOO_FAST = 429
_SOON = timedelta(days=14)


def signing_in(survey: RingCentralSurvey, settings: RingCentralSettings, clock: Clock) -> Findings:
    """See whether the shared sender can sign in, or why not."""
    heard = survey.sign_in
    if heard.well:
        yield from _signed_in(_end_of(settings), clock.now())
    elif heard.status == UNREACHABLE:
        yield fail(
            "ringcentral.unreachable",
            f"nobody answers at {settings.server_url}",
            "Let this machine make HTTPS calls there, or correct pager.server_url.",
        )
    elif heard.status == _TOO_FAST:
        yield warn(
            "ringcentral.too_fast",
            "RingCentral lets this app sign in five times a minute, and that is used up",
            "Look again in two minutes.",
        )
    elif heard.code in _APP:
        yield fail(
            "ringcentral.app_refused",
            f"RingCentral does not know this app, or its secret is another one ({heard.code})",
            f"Compare pager.client_id and pager.client_secret with the app in {_CONSOLE}; `gateway "
            "setup ringcentral` asks for both.",
        )
    elif heard.code in _STATE:
        yield fail(
            "ringcentral.sender_locked",
            f"the shared sender may not sign in: disabled, frozen or no person ({heard.code})",
            "Enable its extension in the admin portal, or take another person's credential.",
        )
    else:
        yield _credential_refused(heard, _end_of(settings), clock.now())


def _signed_in(ends: datetime | None, now: datetime) -> Findings:
    if ends and ends - now < _SOON:
        what = f"the shared sender's JWT credential works until {ends:%Y-%m-%d} only"
        yield warn("ringcentral.jwt_ending", what, _NEW_JWT)
    else:
        yield ok("ringcentral.signed_in", "the shared sender's credential works")


def _credential_refused(heard: Heard, ended: datetime | None, now: datetime) -> Finding:
    if ended and ended <= now:
        what = f"the shared sender's JWT credential ended on {ended:%Y-%m-%d}"
        return fail("ringcentral.jwt_expired", what, _NEW_JWT)
    what = f"RingCentral refuses the shared sender's JWT credential ({heard.code or heard.status})"
    return fail("ringcentral.jwt_refused", f"{what}: revoked, another app's, or cut off", _NEW_JWT)


def _end_of(settings: RingCentralSettings) -> datetime | None:
    app = App(settings.client_id, settings.client_secret.get_secret_value())
    return Credential.of(settings.server_url, app, settings.jwt.get_secret_value()).ends_at


def app_scopes(survey: RingCentralSurvey, settings: RingCentralSettings, _: Clock) -> Findings:
    """Name what the app was not granted."""
    if not survey.sign_in.well:
        return
    missing = [scope for scope in SCOPES if scope not in survey.scopes]
    for scope in missing:
        needed = scope != "SubscriptionWebhook" or settings.public_url
        yield (fail if needed else warn)(
            "ringcentral.app_permission_missing",
            f"the app lacks the permission {scope}: {SCOPES[scope]}",
            f"Add it to the app's permissions in {_CONSOLE}.",
        )
    if not missing:
        yield ok("ringcentral.app_permissions", f"the app has {', '.join(SCOPES)}")


def sender(survey: RingCentralSurvey, _: RingCentralSettings, __: Clock) -> Findings:
    """See that the sender is a person who is enabled; departments may not send, whoever asks."""
    if survey.sender is None:
        return
    if survey.sender.status == UNREACHABLE:
        what = "RingCentral took the sign-in, and then did not answer"
        yield fail("ringcentral.hangs", what, "Look again in some minutes; pages queue meanwhile.")
        return
    if not survey.sender.well:
        return
    about = survey.sender.record
    who = f"{about.get('name', '?')} ({about.get('extensionNumber', '?')})"
    if about.get("type") == "Department":
        yield fail(
            "ringcentral.sender_is_department",
            f"the shared sender {who} is a department, and departments may not send pages",
            "Give the gateway an extension of its own, a person's, and make its JWT credential: "
            "`gateway setup ringcentral`.",
        )
    elif about.get("status") != "Enabled":
        yield fail(
            "ringcentral.sender_inactive",
            f"the shared sender {who} is {about.get('status', 'of an unknown state')}",
            "Enable its extension in the admin portal.",
        )
    else:
        yield ok("ringcentral.sender", f"pages are sent by {who}")


def told(survey: RingCentralSurvey, _: RingCentralSettings, __: Clock) -> Findings:
    """See that RingCentral says who the sender is, and who else is there."""
    if survey.sender is None or survey.listing is None or "ReadAccounts" not in survey.scopes:
        return  # said already: it hangs, or the app may not ask
    for what, heard in (("who the sender is", survey.sender), ("who is there", survey.listing)):
        if not heard.well:
            yield fail(
                "ringcentral.untold",
                f"RingCentral does not say {what} ({heard.code or heard.status or 'no answer'})",
                "Give the sender's role the permission ReadExtensions; if it has it, look again in "
                "some minutes.",
            )


def permissions(survey: RingCentralSurvey, _: RingCentralSettings, __: Clock) -> Findings:
    """Name what the sender's role does not allow."""
    for name, heard in (survey.permissions or {}).items():
        if heard.well and heard.record.get("successful") is False:
            yield fail(
                "ringcentral.permission_missing",
                f"the sender's role lacks {name}: {PERMISSIONS[name]}",
                "Add it to the role in the admin portal (Users, Roles), or give the sender another "
                "role.",
            )


def feature(survey: RingCentralSurvey, _: RingCentralSettings, __: Clock) -> Findings:
    """See whether the sender's plan has pages at all."""
    listed = survey.feature.record.get("records") if survey.feature else None
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict) and each.get("available") is False:
            yield fail(
                "ringcentral.feature_missing",
                "pages are switched off for the sender (feature PagesSending)",
                "Ask RingCentral, or take a sender whose plan has pager messages.",
            )


def webhook(survey: RingCentralSurvey, settings: RingCentralSettings, _: Clock) -> Findings:
    """See how RingCentral tells of new messages."""
    if not survey.sign_in.well:
        return
    if settings.public_url is None:
        yield ok("ringcentral.polling", "without a public address mailboxes are looked into")
    elif any(not each.active for each in survey.webhooks):
        yield warn(
            "ringcentral.webhook_stopped",
            "RingCentral stopped calling our webhook: it could not be reached",
            "See NETWORK; the running gateway makes a new one within a minute.",
        )
    elif survey.webhooks:
        yield ok("ringcentral.webhook", "RingCentral calls our webhook")


CHECKS: tuple[Check, ...] = (
    signing_in,
    app_scopes,
    sender,
    told,
    permissions,
    feature,
    webhook,
)


def embedded(backend: EmbeddedBackend, company: DirectorySnapshot | None) -> Findings:
    """Look at the company pager of our own, which stands in until RingCentral is named."""
    if company is None:
        yield fail(
            "ringcentral.company_unusable",
            f"the people of the company pager cannot be read ({backend.directory})",
            "Correct the file of pager.directory, or leave it out for a small example.",
        )
        return
    number = backend.shared_sender
    found = [each for each in company.extensions if each.number == number]
    if not found or found[0].kind is not ExtensionKind.PERSON or not found[0].reachable:
        yield fail(
            "ringcentral.sender_unknown",
            f"the shared sender {number} is no active person of the company",
            "Set pager.shared_sender to the number of one.",
        )
        return
    size = len(company.extensions)
    yield ok(
        "ringcentral.embedded",
        f"a company pager of our own with {size} extensions; RingCentral can be named later",
    )
