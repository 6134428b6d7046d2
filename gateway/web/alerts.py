"""Where alerts come in: find the source, read, authenticate, parse, hand over, answer.

| answer | means |
|---|---|
| 202 | written, new or known already: it survives whatever happens to us |
| 200 | written, and left alone on purpose |
| 400 | authentic, and nothing of it is usable; coming again cannot help |
| 401 | not believed; the reason is in our log only |
| 404 405 410 | no such source, not by this method, retired for good |
| 408 413 415 | too slow, too large, another media type |
| 503 | could not be written down: come again. The only answer to overload, because a 429 makes |
| | Alertmanager wait for its next group interval, minutes later |
"""

import ssl
from collections import Counter
from functools import partial
from http import HTTPStatus

from aiohttp import web

from gateway.domain.alerts import (
    Alert,
    AlertStatus,
    Ignored,
    Ingest,
    IngestReceipt,
    Item,
    ItemResult,
    Malformed,
    Note,
    Verdict,
)
from gateway.ports.alerts import (
    AlertIntake,
    AlertRequest,
    AlertSource,
    AlertSources,
    Checked,
    Parsed,
    Trust,
    Unreadable,
    UnreadableDeliveryError,
)
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.services.aside import aside
from gateway.web.body import READ_WITHIN_S, read_body
from gateway.web.room import RETRY_AFTER_S, IntakeRoom

BODY_MOST = 1024 * 1024
EVENT_MOST = 512 * 1024
"""PagerDuty's own limit."""

_ALERT_BYTES = 256
"""What an alert takes at least, in real bodies."""

_STATUS = {
    Unreadable.MALFORMED: HTTPStatus.BAD_REQUEST,
    Unreadable.MEDIA_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Unreadable.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}
_LEFT_ALONE = frozenset({Verdict.IGNORED, Verdict.MALFORMED})


class AlertDoor:
    """The handlers of all alert routes."""

    def __init__(
        self,
        sources: AlertSources,
        intake: AlertIntake,
        clock: Clock,
        observer: Observer,
        *,
        read_within_s: float = READ_WITHIN_S,
        room: IntakeRoom | None = None,
    ) -> None:
        self._sources = sources
        self._intake = intake
        self._clock = clock
        self._observer = observer
        self._read_within_s = read_within_s
        self._room = room or IntakeRoom(observer)

    def routes(self) -> list[web.RouteDef]:
        """List the routes to mount."""
        return [
            web.post("/alerts/{source}", self.take),
            web.put("/alerts/{source}", self.take),
            web.options("/alerts/{source}", self.greet),
            web.post("/v2/enqueue", self.enqueue),
            web.post("/v2/change/enqueue", self.enqueue),
        ]

    async def take(self, request: web.Request) -> web.Response:
        """Take what a configured source sends."""
        source = self._named(request)
        if request.method not in source.methods:
            raise web.HTTPMethodNotAllowed(request.method, source.methods)
        delivery = await self._delivery(request, BODY_MOST)
        with self._room.working(source.name, len(delivery.body)):
            return await self._taken(source, delivery)

    async def _taken(self, source: AlertSource, delivery: AlertRequest) -> web.Response:
        checked = await source.authenticate(delivery)
        if checked.trust is not Trust.GENUINE:
            return self._disbelieved(source, checked.trust)
        async with self._room.turn(len(delivery.body)):
            try:
                parsed = await self._parsed(source, delivery)
            except UnreadableDeliveryError as error:
                return _unreadable(error)
            receipt = await self._written(source, delivery, parsed, checked)
        ignored = all(isinstance(item, Ignored) for item in parsed.items)
        status = HTTPStatus.OK if ignored else HTTPStatus.ACCEPTED
        return web.json_response(_answer(parsed.items, receipt), status=status)

    async def greet(self, request: web.Request) -> web.Response:
        """Answer a sender that asks whether it may send (CloudEvents)."""
        source = self._named(request)
        headers = source.handshake(request.headers)
        if headers is None:
            raise web.HTTPMethodNotAllowed(request.method, source.methods)
        return web.Response(headers=dict(headers))

    async def enqueue(self, request: web.Request) -> web.Response:
        """Take an event in PagerDuty's protocol, and answer in it.

        The routing key in the body is address and credential, so an unknown one is a refusal.
        """
        delivery = await self._delivery(request, EVENT_MOST)
        source = self._sources.keyed(delivery.body)
        if source is None:
            self._observer.saw("alerts.refused", source="", error_code=Trust.CREDENTIAL.value)
            return _invalid_event(("'routing_key' is missing, blank or unknown",))
        if source.retired:
            raise web.HTTPGone
        with self._room.working(source.name, len(delivery.body)):
            return await self._enqueued(source, delivery)

    async def _enqueued(self, source: AlertSource, delivery: AlertRequest) -> web.Response:
        async with self._room.turn(len(delivery.body)):
            try:
                parsed = await self._parsed(source, delivery)
            except UnreadableDeliveryError as error:
                return _invalid_event(error.details)
            await self._written(source, delivery, parsed, Checked(Trust.GENUINE))
        return _processed_event(parsed.items)

    def _named(self, request: web.Request) -> AlertSource:
        source = self._sources.named(request.match_info["source"])
        if source is None:
            self._observer.saw("alerts.source_unknown")
            raise web.HTTPNotFound
        if source.retired:
            raise web.HTTPGone
        return source

    async def _delivery(self, request: web.Request, most: int) -> AlertRequest:
        with self._room.reading():
            body = await read_body(request, most, self._read_within_s)
        return AlertRequest(
            path=request.path,
            headers=request.headers,
            body=body,
            received_at=self._clock.now(),
            query={name: request.query[name] for name in _single(request)},
            client=_client(request),
        )

    def _disbelieved(self, source: AlertSource, trust: Trust) -> web.Response:
        self._observer.saw("alerts.refused", source=source.name, error_code=trust.value)
        if trust is Trust.UNDECIDED:
            return web.Response(status=503, headers={"Retry-After": RETRY_AFTER_S})
        return web.Response(status=401)

    async def _parsed(self, source: AlertSource, delivery: AlertRequest) -> Parsed:
        try:
            read = partial(source.parse, delivery)
            return _usable(await aside(read, len(delivery.body) / _ALERT_BYTES))
        except UnreadableDeliveryError as error:
            self._observer.saw("alerts.unreadable", source=source.name, error_code=error.why)
            raise

    async def _written(
        self, source: AlertSource, delivery: AlertRequest, parsed: Parsed, checked: Checked
    ) -> IngestReceipt:
        """Hand everything over for one durable write.

        Raises:
            StoreUnavailableError: nothing was written; becomes a 503 in `gateway.web.errors`.
        """
        ingest = Ingest(
            source=source.name,
            received_at=delivery.received_at,
            items=parsed.items,
            raw=source.redacted(delivery.body),
            replay_key=checked.replay_key,
            omitted=parsed.omitted,
        )
        receipt = await self._intake.take(ingest)
        verdicts = Counter(result.verdict.value for result in receipt.results)
        notes = sorted({note.value for item in parsed.items for note in _notes(item)})
        self._observer.saw(
            "alerts.taken", source=source.name, event_id=receipt.ref, notes=notes, **verdicts
        )
        return receipt


def _single(request: web.Request) -> list[str]:
    """List the parameters that stand there once: two readers must not see two values."""
    return [name for name in request.query if len(request.query.getall(name)) == 1]


def _client(request: web.Request) -> str:
    """Read the subject of the client certificate that TLS has verified."""
    connection = request.get_extra_info("ssl_object")
    shown = (
        connection.getpeercert(binary_form=True) if isinstance(connection, ssl.SSLObject) else None
    )
    if not shown:
        return ""
    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415 - with TLS only

    return load_der_x509_certificate(shown).subject.rfc4514_string()


def _usable(parsed: Parsed) -> Parsed:
    """Pass on what has anything in it; a batch is written for the sake of one good alert."""
    wrong = [item for item in parsed.items if isinstance(item, Malformed)]
    if wrong and len(wrong) == len(parsed.items):
        raise UnreadableDeliveryError(Unreadable.MALFORMED, wrong[0].why, wrong[0].details)
    return parsed


def _notes(item: Item) -> tuple[Note, ...]:
    return item.notes if isinstance(item, Alert) else ()


def _answer(items: tuple[Item, ...], receipt: IngestReceipt) -> dict[str, object]:
    return {
        "id": receipt.ref,
        "accepted": sum(result.verdict not in _LEFT_ALONE for result in receipt.results),
        "results": [
            _result(item, result) for item, result in zip(items, receipt.results, strict=True)
        ],
    }


def _result(item: Item, result: ItemResult) -> dict[str, object]:
    said: dict[str, object] = {"key": result.key, "verdict": result.verdict}
    if result.trace:
        said["trace"] = result.trace
    if notes := _notes(item):
        said["notes"] = notes
    return said


def _unreadable(error: UnreadableDeliveryError) -> web.Response:
    return web.json_response(
        {"error": f"alert.{error.kind}", "why": error.why}, status=_STATUS[error.kind]
    )


def _invalid_event(errors: tuple[str, ...]) -> web.Response:
    said = {
        "status": "invalid event",
        "message": "Event object is invalid",
        "errors": list(errors),
    }
    return web.json_response(said, status=HTTPStatus.BAD_REQUEST)


def _processed_event(items: tuple[Item, ...]) -> web.Response:
    said = {"status": "success", "message": "Event processed"}
    for item in items:
        if isinstance(item, Alert) and item.status is AlertStatus.INFO:
            said["message"] = "Change event processed"
        elif isinstance(item, Alert):
            said["dedup_key"] = item.dedup_key
    return web.json_response(said, status=HTTPStatus.ACCEPTED)
