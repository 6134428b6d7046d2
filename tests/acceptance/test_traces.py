"""One trace from the click to the pager and back, over real HTTP, across the outbox."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import format_trace_id

from gateway.bootstrap import Seams, running_gateway
from gateway.settings import load_settings
from gateway.system import SystemClock
from gateway.tracing import OpenTelemetryTracing
from tests.faults.company import Company, running_company
from tests.faults.senders import Paged, Senders
from tests.faults.waiting import until

UPDATED = "attempt PostChatMessage"


@dataclass(frozen=True)
class Traced:
    """A company whose gateway is traced."""

    company: Company
    senders: Senders
    exporter: InMemorySpanExporter

    def spans(self, page: Paged) -> dict[str, ReadableSpan]:
        """Every span of the trace in which a page was accepted, by name."""
        every = self.exporter.get_finished_spans()
        begun = [s for s in every if s.name.startswith("POST") and self._is_of(s, page)]
        ids = {trace_of(span) for span in begun}
        return {span.name: span for span in every if trace_of(span) in ids}

    def of(self, page: Paged, name: str) -> list[ReadableSpan]:
        """Every span with this name that is about a page, of whatever trace."""
        every = self.exporter.get_finished_spans()
        return [span for span in every if span.name == name and self._is_of(span, page)]

    def _is_of(self, span: ReadableSpan, page: Paged) -> bool:
        return (span.attributes or {}).get("gateway.page_id") == page.ref

    async def shown(self, page: Paged, name: str, times: int = 1) -> list[ReadableSpan]:
        """Wait for spans of that name about a page."""

        async def there() -> list[ReadableSpan] | None:
            found = self.of(page, name)
            return found if len(found) >= times else None

        return await until(there, f"{name}, {times} times")


def trace_of(span: ReadableSpan) -> str:
    context = span.get_span_context()
    assert context is not None
    return format_trace_id(context.trace_id)


@asynccontextmanager
async def traced(folder: Path, **delivery: float) -> AsyncIterator[Traced]:
    """Run a company and a gateway that keeps its spans in memory."""
    exporter, provider, clock = InMemorySpanExporter(), TracerProvider(), SystemClock()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    seams = Seams(clock=clock, tracing=OpenTelemetryTracing(provider, clock))
    async with (
        running_company(folder, **delivery) as company,
        running_gateway(load_settings(company.config), seams),
    ):
        yield Traced(company, Senders(company), exporter)
    provider.shutdown()


async def test_a_page_is_one_trace_from_the_click_to_the_status_message(tmp_path: Path) -> None:
    """Slack's request, the attempt, the pager's call and the message in Slack hang together."""
    async with traced(tmp_path) as world:
        page = await world.senders.page("U0DANA", "102", "C0PERSON")
        await world.shown(page, UPDATED)
        spans = world.spans(page)
        click, sent = spans["POST /slack/events"], spans["attempt SendPage"]
        called, status = spans["pager company-pager.send"], spans[UPDATED]
        posted = spans["slack chat.postMessage"]
        assert len({trace_of(each) for each in (click, sent, called, status, posted)}) == 1
        assert [each.parent and each.parent.span_id for each in (sent, called)] == [
            each.get_span_context() and each.get_span_context().span_id  # type: ignore[union-attr] # asked on its left
            for each in (click, sent)
        ]
        assert click.parent is None
        assert sent.attributes == {
            "gateway.page_id": page.ref,
            "gateway.delivery_id": sent.attributes["gateway.delivery_id"],  # type: ignore[index] # compared
            "gateway.attempt": 1,
        }
        assert [event.name for event in sent.events] == ["delivery.attempted"]


async def test_what_is_tried_again_is_a_trace_of_its_own_that_points_back(tmp_path: Path) -> None:
    """A trace that goes on for hours is read by nobody; the link finds its beginning."""
    async with traced(tmp_path) as world:
        away = {"verb": "status", "status": 429, "retry_after": 1, "times": 1}
        order = {**away, "match": {"path": "company-pager"}}
        await world.company.pager_door.call("POST", "faults", order)
        page = await world.senders.page("U0DANA", "102", "C0PERSON")
        first, again = await world.shown(page, "attempt SendPage", 2)
        assert not first.links
        assert trace_of(first) != trace_of(again)
        assert again.parent is None
        (link,) = again.links
        assert format_trace_id(link.context.trace_id) == trace_of(first)


async def test_a_reply_from_a_phone_begins_a_trace(tmp_path: Path) -> None:
    """What the pager tells goes to Slack in the trace in which it was read."""
    async with traced(tmp_path) as world:
        page = await world.senders.page("U0DANA", "102", "C0PERSON")
        await world.senders.root(page)
        await world.senders.answer("102", page)
        (said,) = await world.shown(page, "attempt PostChatReply")
        every = world.exporter.get_finished_spans()
        read = [s for s in every if s.name == "message from the pager" and not s.parent]
        assert trace_of(said) in map(trace_of, read)


async def test_traces_tell_no_words_and_no_secrets(tmp_path: Path) -> None:
    """Not in a name, an attribute or an event: whoever reads traces is not who reads pages."""
    async with traced(tmp_path) as world:
        page = await world.senders.page("U0DANA", "102", "C0PERSON")
        await world.senders.root(page)
        said = await world.senders.say("U0DANA", page)
        phoned = await world.senders.answer("102", page)
        await world.shown(page, "attempt PostChatReply")
        told = json.dumps([json.loads(s.to_json()) for s in world.exporter.get_finished_spans()])
        company = world.company
        secrets = (
            company.slack.bot_token,
            company.slack.signing_secret,
            *company.pager.jwt.values(),
        )
        words = (page.token, said.token, phoned.token, "water", "Bo Chen", "Dana", "Bearer", "xoxb")
        assert page.ref in told
        assert [each for each in (*words, *secrets) if each in told] == []
