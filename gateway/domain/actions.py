"""The names of all buttons, shared by the services that offer them and the words that label them.

A button carries `(action, value)`. What the value holds is said below; `draft` and `ref` are looked
up again when the button comes back, so a pressed button decides nothing by itself.
"""

from enum import StrEnum


class Action(StrEnum):
    """What a button asks for. The comment after each name is the shape of its value."""

    # asking and choosing
    OPEN_FORM = "open_form"  # draft, or empty for an empty form
    SHOW_HELP = "show_help"  # empty
    CHOOSE = "choose"  # draft:number; the label comes from the fact `choices`, in order
    CHOOSE_RECIPIENT = "choose_recipient"  # draft; opens the form with the text filled in
    PAGE_TO = "page_to"  # number; opens the form with the recipient filled in
    PAGE_THESE = "page_these"  # draft; its `to` as it stands
    PAGE_DEPARTMENT = "page_department"  # draft:number; another department instead
    PAGE_ALL = "page_all"  # draft; yes, all these people
    DISCARD = "discard"  # draft; leave it

    # after a refusal
    EDIT = "edit"  # draft; opens the form with everything filled in
    TRY_AGAIN = "try_again"  # draft
    RESEND_WITHOUT = "resend_without"  # draft; its `to` still holds those to leave out
    CHECK_AND_RESEND = "check_and_resend"  # draft; read the directory again, then without them
    SPLIT_SEND = "split_send"  # draft
    SEND_AS_ME = "send_as_me"  # draft
    FROM_SHARED = "from_shared"  # draft; send from the shared sender
    PAGE_AS_NEW = "page_as_new"  # draft; a new conversation instead of a reply
    ASK_BACK = "ask_back"  # draft; ask the manager to be added to the department again
    MARK_DONE = "mark_done"  # user:number; the manager added them

    # while a page is under way
    CANCEL_PAGE = "cancel_page"  # ref
    SEND_AGAIN = "send_again"  # ref of a page that is held, or draft of a repeated command
    MARK_SENT = "mark_sent"  # ref

    # around a thread
    CORRECT = "correct"  # ref; opens the form with "Correction: "
    THREAD_MODE = "thread_mode"  # ref:mode; what of the thread goes to the pager

    # whose extension is whose
    LINK_ME = "link_me"  # anything; offers to connect an account
    SIGN_IN = "sign_in"  # the address of the page where that begins; the chat opens it
    LINK = "link"  # ticket; yes, this extension is mine
    LINK_CANCEL = "link_cancel"  # ticket
    UNLINK = "unlink"  # empty

    # on an alert
    ACK = "ack"  # ref of the incident
    RESOLVE = "resolve"  # ref of the incident
    ESCALATE = "escalate"  # ref of the incident; page the next people now
    SNOOZE = "snooze"  # ref of the incident; nobody is called for an hour
    SILENCE = "silence"  # ref of the incident; opens the form that silences
    END_SILENCE = "end_silence"  # ref of the incident
