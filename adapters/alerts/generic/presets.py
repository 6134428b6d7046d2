"""Ready mappings. The samples show the bodies; what a sender lets people template, paste there.

GoAlert's generic API and Uptime Kuma's webhook send these bodies by themselves. Zabbix (a webhook
media type) and Nagios (a notification command) send what an operator writes: the samples' bodies.
"""

GOALERT: dict[str, object] = {
    "dedup": [{"path": ["$.dedup", "$.summary"]}],
    "title": "$.summary",
    "text": "$.details",
    "status": {"path": "$.action", "map": {"close": "resolved"}, "default": "firing"},
    "labels_from": "$.meta",
}

INCIDENTRELAY: dict[str, object] = {
    "dedup": [{"path": ["$.fingerprint", "$.external_id"]}],
    "title": "$.title",
    "text": "$.message",
    "status": {
        "path": "$.status",
        "map": {
            "firing": "firing",
            "open": "firing",
            "acknowledged": "ack",
            "resolved": "resolved",
            "closed": "resolved",
        },
        "default": "firing",
    },
    "severity": "$.severity",
    "labels": {"team": "$.team"},
    "labels_from": "$.labels",
    "links": [{"href": "$.event_link", "text": "Event"}],
}

ZABBIX: dict[str, object] = {
    "dedup": ["$.event_id"],
    "event_id": ["$.event_id", "$.value", "$.time"],
    "title": "$.name",
    "text": "$.message",
    "status": {
        # Both problem and recovery; then whether somebody only wrote on it ({EVENT.UPDATE.STATUS}).
        "template": "{{ value }}/{{ update }}",
        "map": {"1/0": "firing", "0/0": "resolved"},
        "default": "info",
    },
    "severity": {
        "path": "$.severity",
        "map": {
            "Disaster": "critical",
            "High": "error",
            "Average": "warning",
            "Warning": "warning",
            "Information": "info",
            "Not classified": "info",
        },
    },
    "labels": {"host": "$.host", "alertname": "$.trigger", "hostgroup": "$.host_group"},
    "labels_from": "$.tags",
    "links": [{"href": "$.url", "text": "Zabbix"}],
    "starts_at": "$.time",
}

NAGIOS: dict[str, object] = {
    "dedup": ["$.host", "$.service"],
    "event_id": ["$.problem_id", "$.type", "$.time"],
    "title": {"template": "{{ host }} {{ service }} {{ state }}"},
    "text": "$.output",
    "status": {
        "path": "$.type",
        "map": {"PROBLEM": "firing", "RECOVERY": "resolved", "ACKNOWLEDGEMENT": "ack"},
        "default": "info",
    },
    "severity": {
        "path": "$.state",
        "map": {
            "CRITICAL": "critical",
            "DOWN": "critical",
            "UNREACHABLE": "error",
            "WARNING": "warning",
            "UNKNOWN": "warning",
            "OK": "info",
            "UP": "info",
        },
    },
    "labels": {
        "host": "$.host",
        "service": "$.service",
        "hostgroup": "$.host_group",
        "alertname": {"path": "$.service", "default": "HostDown"},
    },
    "links": [{"href": "$.url", "text": "Nagios"}],
    "starts_at": "$.time",
}

UPTIME_KUMA: dict[str, object] = {
    "dedup": ["$.heartbeat.monitorID"],
    "event_id": ["$.heartbeat.monitorID", "$.heartbeat.time"],
    "title": "$.msg",
    "text": "$.heartbeat.msg",
    "status": {
        "path": "$.heartbeat.status",
        "map": {"0": "firing", "1": "resolved"},
        "default": "info",
    },
    "labels": {
        "alertname": "$.monitor.name",
        "host": "$.monitor.hostname",
        "type": "$.monitor.type",
    },
    "links": [{"href": "$.monitor.url", "text": "Monitored address"}],
    "starts_at": "$.heartbeat.time",
    # The button "Test" sends neither heartbeat nor monitor.
    "drop_if": {"path": "$.heartbeat", "in": [""]},
}

PRESETS = {
    "goalert": GOALERT,
    "incidentrelay": INCIDENTRELAY,
    "zabbix": ZABBIX,
    "nagios": NAGIOS,
    "uptime-kuma": UPTIME_KUMA,
}
