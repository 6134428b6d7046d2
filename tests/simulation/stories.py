"""People, phones, monitors and administrators doing what the plan says."""

from collections.abc import Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from gateway.domain.actions import Action
from gateway.domain.alerts import Alert, AlertStatus, Ingest, Severity
from gateway.domain.content import Button, Content
from gateway.domain.directory import ExtensionStatus
from gateway.domain.errors import GatewayError, PagerError, StoreUnavailableError
from gateway.domain.ids import ChatUserId, ExtensionNumber
from gateway.domain.inbound import ChatAction, ChatCommand, ChatDeletion, ChatEdit, ChatReply
from gateway.domain.pages import ChatThread
from gateway.ports.intake import Answer
from gateway.services.core import Core
from tests.services.acme import ACME, AVERY, BO, DANA, OPS, buttons, said
from tests.simulation.ledger import Ack, Alarmed, Paged, Phoned, Said
from tests.simulation.loop import sleep, the_loop
from tests.simulation.plan import Alarm, Change, Paging, Reply
from tests.simulation.plan import Answer as Spoken
from tests.simulation.world import NoAnswerError, World

BETTER = "better"
"""What an edited message says more."""
_LONG_WORDS = 200
"""So many words make a page of two parts."""
_AGAIN_EVERY_S = 5.0
_LOOKS_EVERY_S = 7.0
_DBA = ExtensionNumber("400")
_LEAVES = ExtensionNumber("102")
_FREEZES = ExtensionNumber("118")


@dataclass
class Stories:
    """Everything that is planned, and deciding what the gateway asks people to decide."""

    world: World
    patience_s: float
    """How long after the last fault people still wait for something to be seen."""

    def all(self) -> Iterator[Coroutine[Any, Any, None]]:
        """Give every story of the plan."""
        plan = self.world.plan
        yield from map(self._paging, plan.pages)
        yield from map(self._alarm, plan.alarms)
        yield from map(self._change, plan.changes)
        yield from (self._step(at, by_s) for at, by_s in plan.steps)
        yield from (self.world.strike(death) for death in plan.deaths if not death.point)

    @property
    def _end(self) -> float:
        return self.world.plan.calm_at + self.patience_s

    # --- pages --------------------------------------------------------------------------------

    async def _paging(self, plan: Paging) -> None:
        await sleep(plan.at)
        paged = Paged(plan)
        self.world.ledger.paged.append(paged)
        await self._type(paged)
        if plan.again_after_s is not None:
            await sleep(plan.again_after_s)
            await self._type(paged)
        if plan.cancel_after_s is not None:
            await sleep(plan.cancel_after_s)
            await self._cancel(paged)
        for said_next in plan.said:
            await sleep(said_next.after_s)
            match said_next:
                case Reply():
                    await self._write(paged, said_next)
                case Spoken():
                    await self._phone(paged, said_next.number)

    async def _type(self, paged: Paged) -> None:
        """Type the command; a question that is asked back is answered with yes."""
        plan = paged.plan
        words = " ".join([plan.token] * (_LONG_WORDS if plan.long else 1))
        text = f"{plan.typed} {words}"
        try:
            answer = await self._command(plan.author, text)
            split = [b for b in _buttons(answer) if b.action == Action.SPLIT_SEND]
            if split:
                answer = await self._press(plan.author, split[0])
        except (NoAnswerError, StoreUnavailableError) as error:
            lost = isinstance(error, NoAnswerError)
            paged.acks.append(Ack.LOST if lost else Ack.REFUSED)
            return
        accepted = "Sending…" in said(answer)
        self.world.around.journal.note("answered", plan.author, said(answer)[:80])
        paged.acks.append(Ack.ACCEPTED if accepted else Ack.REFUSED)

    async def _cancel(self, paged: Paged) -> None:
        """Press the button under a page that waits, if there is one now."""
        for message in self.world.around.chat.posted:
            if paged.token in message.text:
                for each in buttons(message.content):
                    if each.action == Action.CANCEL_PAGE:
                        try:
                            answer = await self._press(paged.plan.author, each)
                        except (NoAnswerError, GatewayError):
                            return
                        paged.cancelled = "Cancelled" in said(answer)
                        return

    async def _command(self, by: ChatUserId, text: str) -> Answer:
        world = self.world
        now, key = world.around.clock.now(), world.key("command")
        person = world.around.chat.people[by]
        command = ChatCommand(key, person, OPS, "/page", (text,), now, trigger=key)
        world.around.journal.note("command", by, text[:60])
        return await world.ask(lambda core: core.intake.command(command))

    async def _press(self, by: ChatUserId, button: Button) -> Answer:
        world = self.world
        person, now = world.around.chat.people[by], world.around.clock.now()
        key = world.key("action")
        action = ChatAction(key, person, OPS, button.action, button.value, now, trigger=key)
        world.around.journal.note("press", by, button.action, button.value)
        return await world.ask(lambda core: core.intake.action(action))

    # --- threads --------------------------------------------------------------------------------

    async def _write(self, paged: Paged, plan: Reply) -> None:
        """Write in the thread, once it stands; its event reaches us well, doubly or not at all."""
        world, chat = self.world, self.world.around.chat
        if not await world.seen(lambda: bool(chat.roots(paged.token)), self._end):
            return
        root = chat.roots(paged.token)[0]
        thread = ChatThread(ACME, OPS, root)
        token = f"{paged.token}r{len(world.ledger.said)}x"
        one = Said(token, paged, plan.author, thread, chat.next_ts(), the_loop().time())
        reply = ChatReply(
            f"reply:{one.message}",
            chat.people[plan.author],
            thread,
            one.message,
            f"{token} said",
            chat.clock.now(),
            under_us=True,
        )
        world.ledger.said.append(one)
        world.written.append(reply)
        world.around.journal.note("writes", plan.author, token, plan.shape)
        if plan.shape == "twice":
            the_loop().spawn(self._bring(one, reply), 0, f"twice {token}")
        if plan.then:
            the_loop().spawn(self._change_mind(one, reply, plan), 0, f"change of {token}")
        if plan.shape != "never":
            await self._bring(one, reply)

    async def _change_mind(self, one: Said, reply: ChatReply, plan: Reply) -> None:
        """Edit or delete a message some time after it was written."""
        await sleep(plan.then_after_s)
        world, at = self.world, self.world.written.index(reply)
        one.then, key = plan.then, world.key(plan.then)
        world.around.journal.note(plan.then, one.token)
        person, now = reply.person, world.around.chat.clock.now()
        if plan.then == "deleted":
            world.written[at] = replace(reply, text="")
            gone = ChatDeletion(key, person, reply.thread, reply.message, now, under_us=True)
            one.settled = await world.bring(lambda core: core.intake.deletion(gone))
            return
        words, version = f"{one.token} said {BETTER}", world.around.chat.next_ts()
        world.written[at] = replace(reply, text=words)
        edit = ChatEdit(
            key,
            person,
            reply.thread,
            reply.message,
            words,
            reply.text,
            now,
            version=version,
            under_us=True,
        )
        one.settled = await world.bring(lambda core: core.intake.edit(edit))

    async def _bring(self, one: Said, reply: ChatReply) -> None:
        async def take(core: Core) -> None:
            one.tries += 1
            # Who somebody is, is asked when the event arrives.
            person = self.world.around.chat.people[one.author]
            await core.intake.reply(replace(reply, person=person))

        if await self.world.bring(take) and one.heard_at is None:
            one.heard_at = the_loop().time()

    async def _phone(self, paged: Paged, number: ExtensionNumber) -> None:
        """Answer on a pager the newest message of the page's conversation, if one is there."""
        pager, ledger = self.world.around.pager, self.world.ledger
        sent = [a for a in pager.accepted if paged.token in a.text]
        if not sent:
            return
        talk = sent[0].conversation
        mine = [
            copy.message.id
            for copy in pager._copies
            if copy.message.mailbox == number and copy.conversation.number == talk
        ]
        if not mine:
            return
        token = f"{paged.token}p{len(ledger.phoned)}x"
        try:
            pager.phone(number, f"{token} heard", reply_on=mine[-1])
        except PagerError:
            return
        ledger.phoned.append(Phoned(token, paged, number, the_loop().time()))

    # --- alerts -------------------------------------------------------------------------------

    async def _alarm(self, plan: Alarm) -> None:
        """Fire from two copies of a monitor, acknowledge perhaps, and let it be over."""
        await sleep(plan.at)
        alarmed = Alarmed(plan.token)
        self.world.ledger.alarmed.append(alarmed)
        the_loop().spawn(self._raise(plan, over=False), 0, f"copy {plan.token}")
        await self._raise(plan, over=False)
        alarmed.fired = True
        await sleep(plan.over_after_s)
        if plan.acked_by:
            await self._ack(plan, plan.acked_by)
        await self._raise(plan, over=True)
        alarmed.over = True

    async def _raise(self, plan: Alarm, *, over: bool) -> None:
        """Tell of an alert until it is taken."""
        now = self.world.around.clock.now()
        alert = Alert(
            source="prom",
            source_event_id=f"{plan.token} {over}",
            dedup_key=plan.token,
            status=AlertStatus.RESOLVED if over else AlertStatus.FIRING,
            severity=Severity.CRITICAL,
            title=f"{plan.token} on db-7",
            text="",
            labels={"alertname": plan.token, "source": "prom", "severity": "critical"},
            links=(),
            starts_at=now,
            ends_at=now if over else None,
            received_at=now,
        )
        ingest = Ingest("prom", now, (alert,), b"{}")

        async def take(core: Core) -> None:
            assert core.alerts is not None
            await core.alerts.take(ingest)

        while True:
            try:
                return await self.world.ask(take)
            except (NoAnswerError, StoreUnavailableError):
                await sleep(_AGAIN_EVERY_S)

    async def _ack(self, plan: Alarm, by: ChatUserId) -> None:
        for message in list(self.world.around.chat.posted):
            found = [b for b in buttons(message.content) if b.action == Action.ACK]
            if plan.token in message.text and found:
                with suppress(NoAnswerError, GatewayError):
                    await self._press(by, found[0])
                return

    # --- what else happens --------------------------------------------------------------------

    async def _change(self, plan: Change) -> None:
        pager, chat = self.world.around.pager, self.world.around.chat
        await sleep(plan.at)
        self.world.around.journal.note("change", plan.what)
        match plan.what:
            case "away":
                if _LEAVES in pager.members[_DBA]:
                    pager.leave(_DBA, _LEAVES)
                await sleep(plan.ends_after_s)
                pager.join(_DBA, _LEAVES)
            case "frozen":
                pager.set_status(_FREEZES, ExtensionStatus.FROZEN)
                await sleep(plan.ends_after_s)
                pager.set_status(_FREEZES, ExtensionStatus.ENABLED)
            case "guest" if not chat.people[BO].guest:
                chat.people[BO] = replace(chat.people[BO], guest=True)
                since = the_loop().time()
                await sleep(plan.ends_after_s)
                chat.people[BO] = replace(chat.people[BO], guest=False)
                spans = self.world.ledger.guests.setdefault(BO, [])
                spans.append((since, the_loop().time()))

    async def _step(self, at: float, by_s: float) -> None:
        await sleep(at)
        self.world.around.journal.note("clock set", by_s)
        self.world.around.clock.step(by_s)

    # --- decisions ------------------------------------------------------------------------------

    async def decide(self) -> None:
        """Let everybody answer, now and then and once, what they are asked: send it again."""
        chat, ledger = self.world.around.chat, self.world.ledger
        while True:
            await sleep(_LOOKS_EVERY_S)
            asked = [b for content in _shown(chat.posted, chat.told) for b in buttons(content)]
            again = {b.value: b for b in asked if b.action == Action.SEND_AGAIN}
            for each in again.values():
                if each.value not in ledger.again:
                    await self._say_yes(each)

    async def _say_yes(self, button: Button) -> None:
        """Press a button as everybody who could have been asked; only its author is heard."""
        for person in (DANA, AVERY, BO):
            try:
                await self._press(person, button)
            except (NoAnswerError, GatewayError):
                return
        self.world.ledger.again.append(button.value)


def _shown(*lists: Any) -> Iterator[Content]:
    for messages in lists:
        for message in messages:
            yield message.content


def _buttons(answer: Answer) -> list[Button]:
    return buttons(answer.content)
