"""Every statement the gateway runs, by name; a test prepares each one on both databases.

Times are microseconds since 1970 (UTC) and whole numbers; facts are versioned JSON (`codec`).
A delivery without `finished_at` is open. A lane's `due_at` is when it wants attention: that of
its head, NULL while it is idle or blocked, the end of the lease while a worker has it.
"""

from adapters.storage.engine import Statement
from gateway.domain.routing.fates import Fate

_DELIVERY = (
    "id, lane, ref, state, attempt, looks, created_at, due_at, started_at, outbound, fault, "
    "receipt, released_at"
)


_PAGE = (
    "body, state, changed_at, sent_at, fault, thread, replies, last_reply_from, last_reply_at, mode"
)


_STRENGTH = " ".join(
    ("CASE fate", *(f"WHEN '{fate}' THEN {place}" for place, fate in enumerate(Fate)), "END")
)
"""The order in which one item's fates on several routes outweigh each other."""


def _pages(text: str) -> Statement:
    return Statement(text.replace("{page}", _PAGE))


def _records(text: str) -> Statement:
    return Statement(text.replace("{record}", "number, at, act, ref, who, origin, facts, seal"))


def _deliveries(text: str) -> Statement:
    return Statement(text.replace("{delivery}", _DELIVERY))


# --- inbox -------------------------------------------------------------------------------------

REMEMBER_KEY = Statement(
    "INSERT INTO inbox (key, at, answer) VALUES ($1, $2, $3) "
    "ON CONFLICT (key) DO NOTHING RETURNING key"
)
# Sorted, so that two who remember the same keys do not wait for each other in a circle.
REMEMBER_KEYS = Statement("""
    INSERT INTO inbox (key, at)
    SELECT value, CAST($2 AS BIGINT) FROM EACH_TEXT($1) AS wanted ORDER BY value
    ON CONFLICT (key) DO NOTHING RETURNING key
""")
ANSWER = Statement("SELECT answer FROM inbox WHERE key = $1")
FORGET_KEYS = Statement(
    "DELETE FROM inbox WHERE key IN (SELECT key FROM inbox WHERE at < $1 LIMIT $2) RETURNING key"
)

# --- pages -------------------------------------------------------------------------------------

NEW_PAGE = Statement("""
    INSERT INTO pages (ref, workspace, author, body, created_at, state, changed_at, closed_at,
                       sent_at, fault, thread, replies, last_reply_from, last_reply_at, mode)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    ON CONFLICT (ref) DO NOTHING
    RETURNING ref
""")
MOVE_PAGE = Statement("""
    UPDATE pages SET state = $2, changed_at = $3, closed_at = $4,
                     sent_at = COALESCE($5, sent_at), fault = $6
    WHERE ref = $1 AND state <> 'cancelled'
""")
ANCHOR_PAGE = Statement("UPDATE pages SET thread = $2 WHERE ref = $1")
SWITCH_THREAD = Statement("UPDATE pages SET mode = $2 WHERE ref = $1")
COUNT_REPLY = Statement("""
    UPDATE pages SET
        replies = replies + 1,
        last_reply_from = CASE WHEN last_reply_at > $3 THEN last_reply_from ELSE $2 END,
        last_reply_at = CASE WHEN last_reply_at > $3 THEN last_reply_at ELSE $3 END
    WHERE ref = $1
""")
PAGE = _pages("SELECT {page} FROM pages WHERE ref = $1")
PAGES_OF = _pages("""
    SELECT {page} FROM pages
    WHERE workspace = $1 AND author = $2 ORDER BY created_at DESC LIMIT $3
""")
PAGES = _pages("""
    SELECT {page} FROM pages WHERE created_at < $1 ORDER BY created_at DESC, ref LIMIT $2
""")
PAGES_IN_STATE = _pages("""
    SELECT {page} FROM pages WHERE state = $1 AND created_at < $2
    ORDER BY created_at DESC, ref LIMIT $3
""")
TALLY = Statement("""
    SELECT (created_at - $1) / $2, state, COUNT(*) FROM pages WHERE created_at >= $1
    GROUP BY (created_at - $1) / $2, state
""")
PAGE_OF_THREAD = _pages("""
    SELECT {page} FROM pages WHERE thread = $1 ORDER BY created_at DESC LIMIT 1
""")
THREADS = Statement("""
    SELECT thread FROM (
        SELECT thread, created_at FROM pages WHERE created_at > $1
        UNION SELECT thread, created_at FROM pages WHERE last_reply_at > $1) alive
    WHERE thread IS NOT NULL ORDER BY created_at DESC LIMIT $2
""")
REROUTE_PAGES = Statement("""
    UPDATE pages SET thread = REPLACE(thread, $1, $2), body = REPLACE(body, $3, $4)
    WHERE body LIKE $5 AND body LIKE $6
""")
FORGET_PAGES = Statement("""
    DELETE FROM pages WHERE ref IN (
        SELECT ref FROM pages
        WHERE closed_at < $1 AND (last_reply_at IS NULL OR last_reply_at < $1)
          AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.ref = pages.ref)
        LIMIT $2)
    RETURNING ref
""")

# --- conversations -----------------------------------------------------------------------------

# A page that is being forgotten gets no link: it would lead nowhere, and hide what is said there.
SAVE_LINK = Statement("""
    INSERT INTO links (mailbox, conversation, ref, newest, newest_at, owner)
    SELECT $1, $2, $3, $4, $5, $6
    WHERE EXISTS (SELECT 1 FROM pages WHERE ref = $3 FOR KEY SHARE)
    ON CONFLICT (mailbox, conversation) DO UPDATE SET
        ref = excluded.ref,
        owner = excluded.owner,
        newest = CASE WHEN links.newest_at > excluded.newest_at
                      THEN links.newest ELSE excluded.newest END,
        newest_at = CASE WHEN links.newest_at > excluded.newest_at
                         THEN links.newest_at ELSE excluded.newest_at END
""")
LINK = Statement("""
    SELECT ref, mailbox, conversation, newest, owner FROM links
    WHERE mailbox = $1 AND conversation = $2
""")
LINKS = Statement("""
    SELECT ref, mailbox, conversation, newest, owner FROM links
    WHERE ref = $1 ORDER BY newest_at DESC, owner DESC, mailbox
""")
FORGET_LINKS = Statement("DELETE FROM links WHERE ref = $1")

# --- lanes -------------------------------------------------------------------------------------

OPEN_LANE = Statement("""
    INSERT INTO lanes (lane, token, priority, idle_since) VALUES ($1, $2, 0, $2)
    ON CONFLICT (lane) DO NOTHING
    RETURNING lane, token, head, priority, due_at, lease_until
""")
LOCK_LANE = Statement("""
    SELECT lane, token, head, priority, due_at, lease_until FROM lanes
    WHERE lane = $1 FOR UPDATE
""")
SAVE_LANE = Statement("""
    UPDATE lanes SET head = $2, priority = $3, due_at = $4, lease_until = $5, idle_since = $6
    WHERE lane = $1
""")
HEAD = Statement("""
    SELECT id, state, due_at, (SELECT MIN(priority) FROM deliveries
                               WHERE lane = $1 AND finished_at IS NULL)
    FROM deliveries WHERE lane = $1 AND finished_at IS NULL ORDER BY id LIMIT 1
""")
# One seek per priority in use, however many lanes wait: which priorities wait, and since when.
WAITING = Statement("""
    WITH RECURSIVE waiting (priority) AS (
        SELECT MIN(priority) FROM lanes WHERE due_at IS NOT NULL
        UNION ALL
        SELECT (SELECT MIN(l.priority) FROM lanes AS l
                WHERE l.due_at IS NOT NULL AND l.priority > waiting.priority)
        FROM waiting WHERE waiting.priority IS NOT NULL)
    SELECT priority, (SELECT MIN(l.due_at) FROM lanes AS l
                      WHERE l.due_at IS NOT NULL AND l.priority = waiting.priority)
    FROM waiting WHERE priority IS NOT NULL
""")
LEASE_LANES = Statement("""
    WITH due AS MATERIALIZED (
        SELECT lane FROM lanes WHERE priority = $1 AND due_at <= $2
        ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
    UPDATE lanes SET token = token + 1, due_at = $4, lease_until = $4, holder = $5
    WHERE lane IN (SELECT lane FROM due)
    RETURNING head, token
""")
END_LEASES = Statement("""
    WITH dead AS MATERIALIZED (
        SELECT lane FROM lanes
        WHERE lease_until IS NOT NULL AND (lease_until <= $2 OR holder IN EACH($3))
        FOR UPDATE SKIP LOCKED)
    UPDATE lanes SET
        token = token + 1,
        lease_until = NULL,
        due_at = COALESCE((SELECT due_at FROM deliveries WHERE id = lanes.head), $1)
    WHERE lane IN (SELECT lane FROM dead)
    RETURNING head
""")
# Lanes before deliveries, as everywhere: whoever changes a delivery holds its lane's row.
HASTEN_LANES = Statement("""
    UPDATE lanes SET due_at = $1 WHERE due_at > $1 AND due_at <= $2 AND lease_until IS NULL
""")
HASTEN_DELIVERIES = Statement("""
    UPDATE deliveries SET due_at = $1
    WHERE finished_at IS NULL AND due_at > $1 AND due_at <= $2
""")
FORGET_LANES = Statement("""
    WITH idle AS MATERIALIZED (
        SELECT lane FROM lanes WHERE idle_since < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
    DELETE FROM lanes WHERE lane IN (SELECT lane FROM idle) RETURNING lane
""")

# --- deliveries --------------------------------------------------------------------------------

INSERT_DELIVERY = Statement("""
    INSERT INTO deliveries (lane, ref, kind, target, sender, says, priority, outbound, state,
                            attempt, looks, created_at, due_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'ready', 0, 0, $9, $10)
    RETURNING id
""")
# With a bare parameter SQLite asks, each time anew, whether its value fits the index of replies:
# four fifths of the time of this question, which every accepted alert asks.
SAME_WAITING = Statement("""
    SELECT id, due_at FROM deliveries
    WHERE lane = $1 AND finished_at IS NULL AND state = 'ready' AND attempt = 0
      AND kind = CAST($2 AS TEXT) AND target = $3
    LIMIT 1
""")
HASTEN = Statement("UPDATE deliveries SET due_at = $2 WHERE id = $1 AND due_at > $2")
# What a dead worker left is settled on the way: an open attempt may have been sent.
CLAIM = _deliveries("""
    UPDATE deliveries SET state = CASE state WHEN 'ready' THEN 'claimed'
                                             WHEN 'attempting' THEN 'unknown' ELSE state END
    WHERE id IN EACH($1)
    RETURNING {delivery}
""")
BEGIN = _deliveries("""
    UPDATE deliveries SET state = 'attempting', attempt = attempt + 1, looks = 0, started_at = $2
    WHERE id = $1 AND state = 'claimed'
    RETURNING {delivery}
""")
GIVE_BACK = Statement("""
    UPDATE deliveries SET state = CASE state WHEN 'claimed' THEN 'ready' ELSE state END,
                          due_at = $2
    WHERE id = $1 AND state IN ('claimed', 'unknown', 'reconciling')
    RETURNING id
""")
RECOVER = Statement("""
    UPDATE deliveries SET state = CASE state WHEN 'claimed' THEN 'ready' ELSE 'unknown' END
    WHERE id IN EACH($1) AND state IN ('claimed', 'attempting')
    RETURNING id
""")
SETTLE = Statement("""
    UPDATE deliveries SET state = $2, due_at = $3, finished_at = $4, looks = $5, fault = $6,
                          receipt = $7, receipt_message = $8
    WHERE id = $1 AND state IN ('claimed', 'attempting', 'unknown', 'reconciling')
    RETURNING id
""")
LANE_AND_STATE = Statement("SELECT lane, state FROM deliveries WHERE id = $1")
RELEASE = Statement("""
    UPDATE deliveries SET state = $2, due_at = $3, released_at = $3, finished_at = $4, looks = 0
    WHERE id = $1
""")
QUARANTINE = Statement("""
    UPDATE deliveries SET state = 'refused', finished_at = $2, fault = $3 WHERE id = $1
""")
REROUTE_DELIVERIES = Statement("""
    UPDATE deliveries SET target = REPLACE(target, $1, $2), outbound = REPLACE(outbound, $3, $4),
                          receipt = REPLACE(receipt, $3, $4)
    WHERE outbound LIKE $5 AND (outbound LIKE $6 OR receipt LIKE $6)
""")
DELIVERIES = _deliveries("SELECT {delivery} FROM deliveries WHERE ref = $1 ORDER BY id")
IS_OURS = Statement("""
    SELECT id FROM deliveries WHERE sender = $1 AND receipt_message = $2 LIMIT 1
""")
SENT_TEXT = Statement("SELECT id FROM deliveries WHERE ref = $1 AND says = $2 LIMIT 1")
REPLY_DELIVERY = _deliveries("""
    SELECT {delivery} FROM deliveries
    WHERE kind = 'send_page_reply' AND target = $1 ORDER BY id LIMIT 1
""")
WAITING_BEFORE = Statement("""
    SELECT COUNT(*) FROM deliveries
    WHERE sender = $2 AND finished_at IS NULL AND id < $1
      AND due_at <= (SELECT due_at FROM deliveries WHERE id = $1)
""")
PUT_BY = _deliveries("""
    SELECT {delivery} FROM deliveries
    WHERE sender = $1 AND finished_at IS NULL AND state = 'ready' AND attempt = 0 AND due_at > $2
    ORDER BY priority, id LIMIT $3
""")
KEPT_WAITING = Statement("""
    SELECT DISTINCT lane FROM deliveries AS first
    WHERE sender = $1 AND finished_at IS NULL AND state = 'ready' AND attempt = 0 AND due_at > $2
      AND EXISTS (SELECT 1 FROM deliveries AS reply
                  WHERE reply.lane = first.lane AND reply.finished_at IS NULL
                    AND reply.id > first.id AND reply.kind = 'send_page_reply')
""")
SENDS = _deliveries("""
    SELECT finished_at, {delivery} FROM deliveries
    WHERE sender = $1 AND finished_at >= $2 AND attempt > 0 ORDER BY finished_at
""")
# In one look: what comes to its end between two would be counted by neither.
USED = Statement("""
    SELECT (SELECT COUNT(*) FROM deliveries
            WHERE sender = $1 AND finished_at >= $2 AND attempt > 0)
         + (SELECT COUNT(*) FROM deliveries
            WHERE sender = $1 AND finished_at IS NULL AND state <> 'held'
              AND (attempt > 0 OR due_at <= $3))
""")
COUNTS = Statement("""
    SELECT state, COUNT(*) FROM deliveries WHERE finished_at IS NULL GROUP BY state
""")
BACKLOG = Statement("""
    SELECT (SELECT MIN(created_at) FROM deliveries
            WHERE finished_at IS NULL AND kind <> 'wake' AND state <> 'held'),
           (SELECT COUNT(*) FROM incidents WHERE closed_at IS NULL)
""")
DEAD_COUNTS = Statement("""
    SELECT state, COUNT(*) FROM deliveries WHERE state IN ('refused', 'held') GROUP BY state
""")
DEAD_LETTERS = _deliveries("""
    SELECT {delivery} FROM deliveries
    WHERE state IN ('refused', 'held') ORDER BY id DESC LIMIT $1
""")
FORGET_DELIVERIES = Statement("""
    DELETE FROM deliveries WHERE id IN (
        SELECT id FROM deliveries WHERE finished_at < $1 LIMIT $2)
    RETURNING id
""")

# --- alerts ------------------------------------------------------------------------------------

SEEN_KEYS = Statement("SELECT key FROM inbox WHERE key IN EACH_TEXT($1)")
# One writer per group until its commit, so that ids become readable in their order.
RECORD_ALERT = Statement(
    """
    WITH ours AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended($1, 0)))
    INSERT INTO alert_events (group_key, at, facts, source, item, alert)
    SELECT $1, $2, $3, $4, $5, $6 FROM ours
    """,
    sqlite="""
    INSERT INTO alert_events (group_key, at, facts, source, item, alert)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    """,
)
COUNT_ITEM = Statement("""
    INSERT INTO alert_events (group_key, at, facts, source, item, fate)
    VALUES ('', $1, $5, $2, $3, $4)
""")
RECORDS_OF_ALERT = Statement("""
    SELECT facts FROM alert_events WHERE id IN (
        SELECT MAX(id) FROM alert_events
        WHERE alert = $1 AND alert <> '' GROUP BY group_key ORDER BY MAX(id) DESC LIMIT $2)
    ORDER BY id
""")
FATES_OF_ITEM = Statement("""
    SELECT fate, facts, at, group_key FROM alert_events WHERE item = $1 AND item <> '' ORDER BY id
""")
ITEMS_OF = Statement("SELECT items FROM ingests WHERE ref = $1")
SET_FATES = Statement("UPDATE alert_events SET fate = $2 WHERE id IN EACH($1)")
# One statement is one moment: nothing comes in between what came and what became of it.
ACCOUNT = Statement(
    """
    SELECT source, NULL AS fate, SUM(items) FROM ingests WHERE at >= $1 AND at < $2 GROUP BY source
    UNION ALL
    SELECT source, fate, COUNT(*) FROM (
        SELECT source, MIN({strength}) AS fate FROM alert_events
        WHERE at >= $1 AND at < $2 AND item <> '' GROUP BY source, item) AS items
    GROUP BY source, fate
    """.replace("{strength}", _STRENGTH)
)
ALERT_EVENTS = Statement("""
    SELECT id, facts, at FROM alert_events
    WHERE group_key = $1 AND id > $2 ORDER BY id LIMIT $3
""")
NEWEST_ALERTS = Statement("""
    SELECT facts FROM alert_events WHERE group_key <> '' ORDER BY id DESC LIMIT $1
""")
ALERT_PAGES = Statement("""
    SELECT COUNT(*) FROM deliveries
    WHERE finished_at >= $1 AND sender IS NOT NULL AND state = 'sent'
      AND SUBSTR(ref, 1, 3) IN ('al_', 'dg_')
""")
NEW_INCIDENT = Statement("""
    INSERT INTO incidents (ref, group_key, version, changed_at, closed_at, facts)
    VALUES ($1, $2, 1, $3, $4, $5)
    ON CONFLICT (ref) DO NOTHING
    RETURNING ref
""")
SAVE_INCIDENT = Statement("""
    UPDATE incidents SET version = version + 1, changed_at = $2, closed_at = $3, facts = $4
    WHERE ref = $1 AND version = $5
    RETURNING ref
""")
INCIDENT = Statement("""
    SELECT ref, group_key, version, facts, closed_at FROM incidents WHERE ref = $1
""")
INCIDENT_OF_GROUP = Statement("""
    SELECT ref, group_key, version, facts, closed_at FROM incidents
    WHERE group_key = $1 ORDER BY changed_at DESC LIMIT 1
""")
OPEN_INCIDENTS = Statement("""
    SELECT ref, group_key, version, facts, closed_at FROM incidents
    WHERE closed_at IS NULL ORDER BY changed_at DESC LIMIT $1
""")
# The range makes SQLite take the index of what is open.
OPEN_VERSIONS = Statement(
    "SELECT ref, version FROM incidents WHERE closed_at IS NULL AND changed_at > 0"
)
KEEP_INGEST = Statement("""
    INSERT INTO ingests (ref, source, at, body, items) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (ref) DO NOTHING
    RETURNING ref
""")
INGEST = Statement("SELECT body FROM ingests WHERE ref = $1")
SAVE_SILENCE = Statement("""
    INSERT INTO silences (id, ends_at, facts) VALUES ($1, $2, $3)
    ON CONFLICT (id) DO UPDATE SET ends_at = excluded.ends_at, facts = excluded.facts
""")
SILENCES = Statement("SELECT facts FROM silences WHERE ends_at > $1 ORDER BY ends_at, id")
FORGET_ALERT_EVENTS = Statement("""
    DELETE FROM alert_events WHERE id IN (
        SELECT id FROM alert_events
        WHERE at < $1
          AND NOT EXISTS (SELECT 1 FROM incidents
                          WHERE incidents.group_key = alert_events.group_key
                            AND incidents.closed_at IS NULL)
        LIMIT $2)
    RETURNING id
""")
FORGET_INCIDENTS = Statement("""
    DELETE FROM incidents WHERE ref IN (
        SELECT ref FROM incidents WHERE closed_at < $1 LIMIT $2)
    RETURNING ref
""")
FORGET_INGESTS = Statement("""
    DELETE FROM ingests WHERE ref IN (SELECT ref FROM ingests WHERE at < $1 LIMIT $2)
    RETURNING ref
""")
FORGET_SILENCES = Statement("""
    DELETE FROM silences WHERE id IN (SELECT id FROM silences WHERE ends_at < $1 LIMIT $2)
    RETURNING id
""")

# --- audit -------------------------------------------------------------------------------------

APPEND_AUDIT = Statement("""
    INSERT INTO audit (at, act, ref, who, origin, facts) VALUES ($1, $2, $3, $4, $5, $6)
""")
# Makes or locks the head: one replica seals after the other.
LOCK_AUDIT = Statement("""
    INSERT INTO audit_head (id, number, seal) VALUES (1, 0, '')
    ON CONFLICT (id) DO UPDATE SET id = excluded.id
    RETURNING number, seal
""")
UNSEALED = Statement("""
    SELECT id, at, act, ref, who, origin, facts FROM audit WHERE number IS NULL ORDER BY id
""")
SEAL_AUDIT = Statement("UPDATE audit SET number = $2, seal = $3 WHERE id = $1")
MOVE_AUDIT_HEAD = Statement("UPDATE audit_head SET number = $1, seal = $2 WHERE id = 1")
AUDIT_HEAD = Statement("""
    SELECT number, seal, (SELECT MAX(number) FROM audit) FROM audit_head WHERE id = 1
""")
AUDIT_CHECKPOINT = Statement("""
    SELECT facts FROM audit WHERE act = 'audit.forgotten' AND number > 0
    ORDER BY number DESC LIMIT 1
""")
AUDIT = _records("""
    SELECT {record} FROM audit WHERE number > $1 ORDER BY number LIMIT $2
""")
AUDIT_NEWEST = _records("""
    SELECT {record} FROM audit WHERE number > 0 ORDER BY number DESC LIMIT $1
""")
AUDIT_OF_REF = _records("""
    SELECT {record} FROM audit WHERE ref = $1 ORDER BY number DESC LIMIT $2
""")
FORGET_AUDIT = Statement("DELETE FROM audit WHERE number <= $1")

# --- restored backups --------------------------------------------------------------------------

STAND = Statement("""
    INSERT INTO standing (name, at) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET at = excluded.at
""")
STANDING = Statement("SELECT at FROM standing WHERE name = $1")
NO_LONGER = Statement("DELETE FROM standing WHERE name = $1 RETURNING at")
# Ids given out after the backup are in old buttons and messages: they never come again.
SKIP_IDS = Statement(
    """
    SELECT setval(pg_get_serial_sequence('deliveries', 'id'),
                  (SELECT COALESCE(MAX(id), 0) + 1000000 FROM deliveries)),
           setval(pg_get_serial_sequence('alert_events', 'id'),
                  (SELECT COALESCE(MAX(id), 0) + 1000000 FROM alert_events))
    """,
    sqlite="""
    UPDATE sqlite_sequence SET seq = seq + 1000000 WHERE name IN ('deliveries', 'alert_events')
    """,
)
DOUBT_OPEN = Statement("""
    UPDATE deliveries SET state = 'unknown', looks = 0, due_at = $1,
                          started_at = COALESCE(started_at, created_at)
    WHERE finished_at IS NULL AND kind <> 'wake' AND state <> 'held'
""")
# What began since the backup was restored may be what began before, too, and was sent then.
DOUBT_NEW = Statement("""
    UPDATE deliveries SET state = 'unknown', looks = 0, due_at = $2, started_at = $1
    WHERE finished_at IS NULL AND state = 'ready' AND started_at IS NULL
      AND kind IN ('send_page', 'send_page_reply', 'send_follow_up')
    RETURNING id
""")
RESET_LANES = Statement("""
    UPDATE lanes SET token = token + 1, lease_until = NULL,
                     due_at = (SELECT CASE state WHEN 'held' THEN NULL ELSE due_at END
                               FROM deliveries WHERE deliveries.id = lanes.head)
    WHERE head IS NOT NULL
""")
# What stands behind another in its lane is looked for when its turn comes: it waits for the first.
UNSETTLED = Statement("""
    SELECT COUNT(*) FROM deliveries
    WHERE finished_at IS NULL
      AND (kind = 'wake' AND due_at <= $1
           OR kind IN ('send_page', 'send_page_reply', 'send_follow_up')
              AND state IN ('attempting', 'unknown', 'reconciling')
              AND id IN (SELECT head FROM lanes))
""")

# --- drafts, cursors, directory ----------------------------------------------------------------

SAVE_DRAFT = Statement("""
    INSERT INTO drafts (id, expires_at, body) VALUES ($1, $2, $3)
    ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, body = excluded.body
""")
DRAFT = Statement("SELECT body FROM drafts WHERE id = $1 AND expires_at > $2")
DROP_DRAFT = Statement("DELETE FROM drafts WHERE id = $1 RETURNING id")
REROUTE_DRAFTS = Statement("""
    UPDATE drafts SET body = REPLACE(body, $1, $2) WHERE body LIKE $3 AND body LIKE $4
""")
FORGET_DRAFTS = Statement("""
    DELETE FROM drafts WHERE id IN (SELECT id FROM drafts WHERE expires_at < $1 LIMIT $2)
    RETURNING id
""")
SAVE_CURSOR = Statement("""
    INSERT INTO cursors (mailbox, cursor, moved_at) VALUES ($1, $2, $3)
    ON CONFLICT (mailbox) DO UPDATE SET cursor = excluded.cursor, moved_at = excluded.moved_at
""")
CURSOR = Statement("SELECT cursor FROM cursors WHERE mailbox = $1")
SAVE_DIRECTORY = Statement("""
    INSERT INTO directory (id, body) VALUES (1, $1)
    ON CONFLICT (id) DO UPDATE SET body = excluded.body
""")
DIRECTORY = Statement("SELECT body FROM directory WHERE id = 1")

# --- people ------------------------------------------------------------------------------------

SAVE_PERSON = Statement("""
    INSERT INTO people (workspace, extension, chat_user, user_name, extension_name, linked_at,
                        credential)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (workspace, extension) DO UPDATE SET
        chat_user = excluded.chat_user,
        user_name = excluded.user_name,
        extension_name = excluded.extension_name,
        linked_at = excluded.linked_at,
        credential = excluded.credential
""")
LEAVE_OTHERS = Statement("""
    DELETE FROM people WHERE workspace = $1 AND chat_user = $2 AND extension <> $3
""")
FORGET_PERSON = Statement("""
    DELETE FROM people
    WHERE workspace = $1 AND extension = $2 AND chat_user = $3 AND credential = $4
""")
PEOPLE = Statement("""
    SELECT workspace, chat_user, user_name, extension, extension_name, linked_at, credential
    FROM people WHERE workspace = $1 ORDER BY linked_at, extension
""")

# --- limits ------------------------------------------------------------------------------------

# One replica counts after the other, or each would find the room that another one takes.
LOCK_METER = Statement(
    "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", sqlite="SELECT 1 WHERE ?1 <> ''"
)
LET_GO = Statement("DELETE FROM spends WHERE meter = $1 AND at <= $2")
SPEND = Statement("""
    INSERT INTO spends (meter, at)
    SELECT $1, $2 WHERE (SELECT COUNT(*) FROM spends WHERE meter = $1) < $3
    RETURNING id
""")
SPENT = Statement("SELECT at FROM spends WHERE meter = $1 AND at > $2 ORDER BY at, id")
FORGET_SPENDS = Statement("""
    DELETE FROM spends WHERE id IN (SELECT id FROM spends WHERE at < $1 LIMIT $2) RETURNING id
""")

# --- erasure -----------------------------------------------------------------------------------

DELIVERIES_TO_ERASE = Statement("""
    SELECT id, finished_at, outbound, deliveries.fault, pages.body
    FROM deliveries LEFT JOIN pages ON pages.ref = deliveries.ref
    WHERE id > $1 ORDER BY id LIMIT $2
""")
ERASE_DELIVERY = Statement("""
    UPDATE deliveries SET outbound = $2, fault = $3, says = NULL
    WHERE id = $1 AND finished_at IS NOT NULL
""")
PAGES_TO_ERASE = Statement("""
    SELECT ref, state, body, last_reply_from, fault FROM pages WHERE ref > $1 ORDER BY ref LIMIT $2
""")
ERASE_PAGE = Statement("""
    UPDATE pages SET body = $2, last_reply_from = $3, fault = $4 WHERE ref = $1
""")
INCIDENTS_TO_ERASE = Statement("""
    SELECT ref, version, facts FROM incidents WHERE ref > $1 ORDER BY ref LIMIT $2
""")
ERASE_INCIDENT = Statement("""
    UPDATE incidents SET facts = $3, version = version + 1 WHERE ref = $1 AND version = $2
""")
SILENCES_TO_ERASE = Statement("SELECT id, facts FROM silences WHERE id > $1 ORDER BY id LIMIT $2")
ERASE_SILENCE = Statement("UPDATE silences SET facts = $2 WHERE id = $1")
DRAFTS_TO_ERASE = Statement("SELECT id, body FROM drafts WHERE id > $1 ORDER BY id LIMIT $2")

# --- vault -------------------------------------------------------------------------------------

SEAL = Statement("""
    INSERT INTO vault (name, key_id, sealed) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed
""")
SEAL_FIRST = Statement("""
    INSERT INTO vault (name, key_id, sealed) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO NOTHING
    RETURNING name
""")
SEALED_ALONE = Statement("SELECT key_id, sealed FROM vault WHERE name = $1 FOR UPDATE")
SEALED = Statement("SELECT key_id, sealed FROM vault WHERE name = $1")
VAULT_KEYS = Statement("SELECT DISTINCT key_id FROM vault")
SEALED_OTHERWISE = Statement(
    "SELECT name, key_id, sealed FROM vault WHERE key_id <> $1 LIMIT $2 FOR UPDATE"
)
COUNT_SEALED_OTHERWISE = Statement("SELECT COUNT(*) FROM vault WHERE key_id <> $1")
UNSEAL = Statement("DELETE FROM vault WHERE name = $1")

# --- between replicas --------------------------------------------------------------------------

CHANNEL = "gateway_work"
# What a transaction wrote last, if it wrote anything: its number, in the row of its writer.
NEW_WRITER = Statement("SELECT CAST(gen_random_uuid() AS TEXT)", sqlite="SELECT NULL")
MARK_COMMIT = Statement(
    """
    INSERT INTO commits (writer, number, at)
    SELECT $1, CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT),
           CAST(EXTRACT(EPOCH FROM now()) * 1000000 AS BIGINT)
    WHERE pg_current_xact_id_if_assigned() IS NOT NULL
    ON CONFLICT (writer) DO UPDATE SET number = excluded.number, at = excluded.at
    RETURNING number
    """,
    sqlite="SELECT ?1",
)
MARKED_COMMIT = Statement("SELECT number FROM commits WHERE writer = $1")
FORGET_COMMITS = Statement("""
    DELETE FROM commits WHERE writer IN (SELECT writer FROM commits WHERE at < $1 LIMIT $2)
    RETURNING writer
""")
# A session says by two locks of the server's that it lives, and that it leads in its schema: the
# server takes them back when the session ends. Both numbers only have to be ours.
OUR_NUMBER = Statement("SELECT pg_backend_pid()", sqlite="SELECT NULL")
SAY_PRESENT = Statement(
    "SELECT pg_try_advisory_lock(724361055, CAST($1 AS INTEGER))", sqlite="SELECT ?1"
)
TAKE_THE_LEAD = Statement(
    "SELECT pg_try_advisory_lock(724361056, hashtext(current_schema()))", sqlite="SELECT 1"
)
ABSENT = Statement(
    """
    SELECT DISTINCT holder FROM lanes
    WHERE lease_until IS NOT NULL AND holder NOT IN (
        SELECT CAST(objid AS BIGINT) FROM pg_locks
        WHERE locktype = 'advisory' AND classid = 724361055 AND objsubid = 2
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
    """,
    sqlite="SELECT NULL WHERE 1 = 0",
)
ANNOUNCE = Statement("SELECT pg_notify('gateway_work', current_schema())", sqlite="SELECT 1")

# --- schema ------------------------------------------------------------------------------------

HAS_REVISION = Statement(
    "SELECT 1 FROM pg_tables WHERE tablename = 'alembic_version' AND schemaname = current_schema()",
    sqlite="SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'",
)
REVISION = Statement("SELECT version_num FROM alembic_version")
# Two replicas that start at once migrate one after the other. The number only has to be ours.
LOCK_SCHEMA = Statement("SELECT pg_advisory_xact_lock(7243610552)", sqlite="SELECT 1")
INTEGRITY = Statement("SELECT 'ok'", sqlite="PRAGMA integrity_check(1)")

ALL = {name: value for name, value in globals().items() if isinstance(value, Statement)}
