"""Forms, menus, options, shortcuts: what a person does with what the app shows."""

from typing import Any

import pytest

from tests.adapters.slack_simulator.world import World


def text(words: str) -> dict[str, str]:
    return {"type": "plain_text", "text": words}


def option(value: str) -> dict[str, Any]:
    return {"text": text(value.title()), "value": value}


def field(block_id: str, kind: str, **more: Any) -> dict[str, Any]:
    optional = more.pop("optional", False)
    element = {"type": kind, "action_id": "it", **more}
    label = text(block_id.title())
    return {
        "type": "input",
        "block_id": block_id,
        "label": label,
        "element": element,
        "optional": optional,
    }


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    shown = blocks or ({"type": "divider"},)
    return {
        "type": "modal",
        "callback_id": "page",
        "title": text("Page"),
        "submit": text("Send"),
        "blocks": list(shown),
        **more,
    }


async def opened(w: World, view: dict[str, Any], user: str = "U0DANA") -> dict[str, Any]:
    """Open a modal by way of a command."""
    await w.types("/page", user=user)
    trigger = w.app.of("command")[-1].payload["trigger_id"]
    answer = await w.api("views.open", trigger_id=trigger, view=view)
    assert answer["ok"], answer
    return dict(answer["view"])


async def submit(w: World, view: dict[str, Any], **values: Any) -> dict[str, Any]:
    given = {block: {"it": value} for block, value in values.items()}
    return await w.sim("POST", f"/views/{view['id']}/submit", user="U0DANA", values=given)


async def stack(w: World, user: str = "U0DANA") -> list[dict[str, Any]]:
    return list((await w.see("/views", user=user))["views"])


async def test_every_kind_of_field_has_its_state(w: World) -> None:
    """Values given plainly arrive in the shape of their element."""
    some = [option("a"), option("b")]
    view = await opened(
        w,
        modal(
            field("words", "plain_text_input"),
            field("one", "static_select", options=some),
            field("many", "checkboxes", options=some),
            field("radio", "radio_buttons", options=some, initial_option=some[0]),
            field("who", "users_select"),
            field("all", "multi_users_select"),
            field("where", "conversations_select"),
            field("day", "datepicker"),
            field("spare", "plain_text_input", optional=True),
        ),
    )
    seen = await submit(
        w,
        view,
        words="hello",
        one="b",
        many=["a", "b"],
        who="U0BO",
        all=["U0BO"],
        where={"type": "conversations_select", "selected_conversation": "C0OPS"},
        day="2026-01-02",
    )
    assert seen["ok"], seen
    payload = w.app.of("view_submission")[0].payload
    values = {key: block["it"] for key, block in payload["view"]["state"]["values"].items()}
    assert values["words"] == {"type": "plain_text_input", "value": "hello"}
    assert values["one"] == {"type": "static_select", "selected_option": option("b")}
    assert values["many"]["selected_options"] == some
    assert values["radio"]["selected_option"] == some[0]
    assert values["who"]["selected_user"] == "U0BO"
    assert values["all"]["selected_users"] == ["U0BO"]
    assert values["where"]["selected_conversation"] == "C0OPS"
    assert values["day"]["selected_date"] == "2026-01-02"
    assert values["spare"] == {"type": "plain_text_input", "value": None}
    assert payload["view"]["callback_id"] == "page"
    assert payload["response_urls"] == []


async def test_required_fields_and_lengths_are_checked_before_the_app_hears(w: World) -> None:
    """The client's own words, by block; nothing is sent."""
    view = await opened(
        w,
        modal(
            field("words", "plain_text_input"),
            field("short", "plain_text_input", max_length=3),
            field("long", "plain_text_input", min_length=3),
        ),
    )
    seen = await submit(w, view, short="four", long="x")
    assert seen["errors"] == {
        "words": "Please complete this required field.",
        "short": "Must be 3 characters or fewer.",
        "long": "Must be 3 characters or more.",
    }
    assert w.app.of("view_submission") == []
    assert len(await stack(w)) == 1


async def test_errors_keep_the_form_open(w: World) -> None:
    """`errors` by block id; one for a block that is no input is trouble."""
    view = await opened(w, modal(field("words", "plain_text_input")))
    w.app.answers("view_submission", {"response_action": "errors", "errors": {"words": "No."}})
    seen = await submit(w, view, words="x")
    assert (seen["ok"], seen["errors"]) == (False, {"words": "No."})
    w.app.answers("view_submission", {"response_action": "errors", "errors": {"nope": "No."}})
    assert (await submit(w, view, words="x"))["error"] == "invalid_error_block_id"
    assert len(await stack(w)) == 1


async def test_update_push_and_clear(w: World) -> None:
    """A submission can change the form, put another on top, or close them all."""
    first = await opened(w, modal(field("words", "plain_text_input")))
    changed = modal(field("words", "plain_text_input"), title=text("Sure?"))
    w.app.answers("view_submission", {"response_action": "update", "view": changed})
    assert (await submit(w, first, words="x"))["ok"]
    (top,) = await stack(w)
    assert (top["id"], top["title"]["text"]) == (first["id"], "Sure?")
    assert top["hash"] != first["hash"]
    assert top["state"]["values"]["words"]["it"]["value"] == "x"
    w.app.answers("view_submission", {"response_action": "push", "view": modal()})
    assert (await submit(w, first, words="x"))["ok"]
    below, above = await stack(w)
    assert above["previous_view_id"] == below["id"]
    assert above["root_view_id"] == first["id"]
    w.app.answers("view_submission", {"response_action": "clear"})
    assert (await submit(w, above))["closed"]
    assert await stack(w) == []


@pytest.mark.parametrize("body", ["thanks", "{}", '{"response_action":"dance"}', "[]"])
async def test_any_other_answer_is_trouble(w: World, body: str) -> None:
    """A body must be empty or one of the few forms; the form stays open."""
    view = await opened(w, modal())
    w.app.answers("view_submission", body)
    seen = await submit(w, view)
    assert seen["ok"] is False
    assert seen["response"]["text"] == "We had some trouble connecting. Try again?"
    assert len(await stack(w)) == 1


async def test_three_views_and_no_more(w: World) -> None:
    """`push_limit_reached` for the fourth; pushing needs a trigger from inside a view."""
    button = {"type": "button", "action_id": "more", "text": text("More")}
    view = modal({"type": "actions", "elements": [button]})
    top = await opened(w, view)
    for _ in range(2):
        await w.sim("POST", "/actions", user="U0DANA", view_id=top["id"], action_id="more")
        trigger = w.app.of("block_actions")[-1].payload["trigger_id"]
        top = (await w.api("views.push", trigger_id=trigger, view=view))["view"]
    await w.sim("POST", "/actions", user="U0DANA", view_id=top["id"], action_id="more")
    trigger = w.app.of("block_actions")[-1].payload["trigger_id"]
    answer = await w.api("views.push", trigger_id=trigger, view=view)
    assert answer["error"] == "push_limit_reached"
    assert len(await stack(w)) == 3


async def test_updates_are_guarded_by_the_hash(w: World) -> None:
    """`hash_conflict` after somebody else's change; `not_found` for what is not open."""
    view = await opened(w, modal(external_id="mine"))
    fresh = await w.api("views.update", external_id="mine", view=modal(), hash=view["hash"])
    assert fresh["ok"]
    stale = await w.api("views.update", view_id=view["id"], view=modal(), hash=view["hash"])
    assert stale["error"] == "hash_conflict"
    gone = await w.api("views.update", view_id="V0NONE", view=modal())
    assert gone["error"] == "not_found"


async def test_closing_is_told_only_if_asked_for(w: World) -> None:
    """`notify_on_close`; `is_cleared` when the whole stack went."""
    quiet = await opened(w, modal())
    await w.sim("POST", f"/views/{quiet['id']}/close", user="U0DANA")
    assert w.app.of("view_closed") == []
    loud = await opened(w, modal(notify_on_close=True))
    await w.sim("POST", f"/views/{loud['id']}/close", user="U0DANA", clear=True)
    (closed,) = w.app.of("view_closed")
    assert closed.payload["view"]["id"] == loud["id"]
    assert closed.payload["is_cleared"] is True
    assert await stack(w) == []


async def test_a_form_belongs_to_one_person(w: World) -> None:
    """Nobody else can submit it."""
    view = await opened(w, modal())
    path = f"/views/{view['id']}/submit"
    answer = await w.sim("POST", path, 400, user="U0BO", values={})
    assert answer["error"] == "not_found"


async def test_options_come_from_the_app(w: World) -> None:
    """What is typed goes out as block_suggestion; a choice must be among what came back."""
    view = await opened(w, modal(field("to", "external_select", min_query_length=1)))
    w.app.answers("block_suggestion", {"options": [option("400"), option("401")]})
    place = {"user": "U0DANA", "view_id": view["id"], "action_id": "it", "block_id": "to"}
    seen = await w.sim("POST", "/options", **place, value="Sup")
    assert [one["value"] for one in seen["options"]] == ["400", "401"]
    (asked,) = w.app.of("block_suggestion")
    assert asked.payload["value"] == "Sup"
    assert asked.payload["container"] == {"type": "view", "view_id": view["id"]}
    assert asked.is_signed_with(w.slack.signing_secret)
    wrong = {"to": {"it": "999"}}
    path = f"/views/{view['id']}/submit"
    answer = await w.sim("POST", path, 400, user="U0DANA", values=wrong)
    assert answer["error"] == "invalid_value"
    assert (await submit(w, view, to="401"))["ok"]
    state = w.app.of("view_submission")[0].payload["view"]["state"]["values"]["to"]["it"]
    assert state["selected_option"] == option("401")


async def test_what_was_chosen_stays_chosen(w: World) -> None:
    """Whatever is typed and offered for the next choice."""
    view = await opened(w, modal(field("to", "multi_external_select")))
    place = {"user": "U0DANA", "view_id": view["id"], "action_id": "it", "block_id": "to"}
    for value in ("400", "401"):
        w.app.answers("block_suggestion", {"options": [option(value)]})
        await w.sim("POST", "/options", **place, value=value)
    assert (await submit(w, view, to=["400", "401"]))["ok"]
    state = w.app.of("view_submission")[0].payload["view"]["state"]["values"]["to"]["it"]
    assert state["selected_options"] == [option("400"), option("401")]


async def test_options_can_be_grouped_and_can_be_wrong(w: World) -> None:
    """`option_groups` as given; more than a hundred, or no list at all, is refused."""
    view = await opened(w, modal(field("to", "external_select")))
    place = {"user": "U0DANA", "view_id": view["id"], "action_id": "it", "value": ""}
    groups = [{"label": text("People"), "options": [option("102")]}]
    w.app.answers("block_suggestion", {"option_groups": groups})
    assert (await w.sim("POST", "/options", **place))["option_groups"] == groups
    for bad in ({}, {"options": [option(str(n)) for n in range(101)]}, {"options": [{"x": 1}]}):
        w.app.answers("block_suggestion", bad)
        assert (await w.sim("POST", "/options", 400, **place))["error"] == "invalid_options"
    w.app.answers("block_suggestion", "not json")
    assert (await w.sim("POST", "/options", 400, **place))["error"] == "invalid_response"


async def test_menus_in_messages(w: World) -> None:
    """Overflow and select carry the chosen option; one that is not offered cannot be chosen."""
    menu = {"type": "overflow", "action_id": "menu", "options": [option("a"), option("b")]}
    pick = {"type": "static_select", "action_id": "pick", "options": [option("c")]}
    ts = await w.posted(text="x", blocks=[{"type": "actions", "elements": [menu, pick]}])
    place = {"user": "U0BO", "channel": "C0OPS", "ts": ts}
    await w.sim("POST", "/actions", **place, action_id="menu", value="b")
    await w.sim("POST", "/actions", **place, action_id="pick", selected_option=option("c"))
    chosen = [one.payload["actions"][0] for one in w.app.of("block_actions")]
    assert [one["selected_option"]["value"] for one in chosen] == ["b", "c"]
    for action_id, error in (("pick", "invalid_value"), ("nope", "action_not_found")):
        answer = await w.sim("POST", "/actions", 400, **place, action_id=action_id, value="z")
        assert answer["error"] == error


async def test_clicks_in_a_view_have_no_channel(w: World) -> None:
    """The container is the view; there is no message and no response_url."""
    button = {"type": "button", "action_id": "a", "value": "1", "text": text("A")}
    view = await opened(w, modal({"type": "section", "text": text("x"), "accessory": button}))
    await w.sim("POST", "/actions", user="U0DANA", view_id=view["id"], action_id="a")
    payload = w.app.of("block_actions")[0].payload
    assert payload["container"] == {"type": "view", "view_id": view["id"]}
    assert payload["view"]["id"] == view["id"]
    assert not {"channel", "message", "response_url"} & payload.keys()


async def test_strangers_can_click(w: World) -> None:
    """In a shared channel; their team tells them apart."""
    button = {"type": "button", "action_id": "a", "text": text("A")}
    ts = await w.posted("C0LOBBY", text="x", blocks=[{"type": "actions", "elements": [button]}])
    place = {"user": "U0STRANGER", "channel": "C0LOBBY", "ts": ts}
    assert (await w.sim("POST", "/actions", **place, action_id="a"))["ok"]
    payload = w.app.of("block_actions")[0].payload
    assert payload["user"]["team_id"] == "T0ELSEWHERE"
    assert payload["team"]["id"] == "T0ACME"


async def test_a_failing_click_is_noticed(w: World) -> None:
    """An error status of the app reaches the person."""
    button = {"type": "button", "action_id": "a", "text": text("A")}
    ts = await w.posted(text="x", blocks=[{"type": "actions", "elements": [button]}])
    w.app.answers("block_actions", status=500)
    seen = await w.sim("POST", "/actions", user="U0BO", channel="C0OPS", ts=ts, action_id="a")
    assert (seen["ok"], seen["status"], seen["error"]) == (False, 500, "http_error")


async def test_shortcuts(w: World) -> None:
    """A message's has channel, message and response_url; a global one has only a trigger."""
    ts = await w.says("please page this")
    place = {"user": "U0BO", "channel": "C0OPS", "ts": ts}
    assert (await w.sim("POST", "/shortcuts", **place, callback_id="page_msg"))["ok"]
    (of_message,) = w.app.of("message_action")
    assert of_message.payload["message"]["text"] == "please page this"
    assert of_message.payload["channel"]["id"] == "C0OPS"
    async with w.http.post(of_message.payload["response_url"], json={"text": "Paged"}) as answer:
        assert answer.status == 200
    assert [one["text"] for one in await w.private("U0BO")] == ["Paged"]
    assert (await w.sim("POST", "/shortcuts", user="U0BO", callback_id="page"))["ok"]
    (of_all,) = w.app.of("shortcut")
    assert not {"channel", "response_url", "message"} & of_all.payload.keys()
    view = await w.api("views.open", trigger_id=of_all.payload["trigger_id"], view=modal())
    assert view["ok"]
    refused = await w.sim("POST", "/shortcuts", 400, user="U0BO", callback_id="page_msg")
    assert refused["error"] == "shortcut_not_found"


async def test_a_form_can_answer_into_a_chosen_channel(w: World) -> None:
    """`response_url_enabled` yields a response URL for the conversation."""
    view = await opened(w, modal(field("where", "conversations_select", response_url_enabled=True)))
    await submit(w, view, where="C0DBA")
    (entry,) = w.app.of("view_submission")[0].payload["response_urls"]
    assert (entry["block_id"], entry["channel_id"]) == ("where", "C0DBA")
    message = {"response_type": "in_channel", "text": "Paged"}
    async with w.http.post(entry["response_url"], json=message) as answer:
        assert answer.status == 200
    assert [one["text"] for one in await w.messages("C0DBA")] == ["Paged"]
