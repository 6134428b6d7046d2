"""Routes for the stories about alerts: the database team, and everybody else's lobby."""

from datetime import timedelta

from gateway.domain.routing.escalation import AckPolicy, EscalationStep
from gateway.domain.routing.matchers import Matcher, Operator
from gateway.domain.routing.routes import Routes
from gateway.domain.routing.tree import OwnSettings, Receiver, Seed, grow

DBA = "C0DBA"
RULES = Routes(
    tree=grow(
        Seed(
            OwnSettings(
                receiver="lobby",
                group_by=("alertname",),
                group_wait=timedelta(seconds=1),
                group_interval=timedelta(seconds=5),
            ),
            routes=(
                Seed(
                    OwnSettings(
                        receiver="dba",
                        ack=AckPolicy(
                            remind=timedelta(minutes=50),
                            timeout=timedelta(hours=2),
                            escalate=(EscalationStep(timedelta(minutes=15), ("On-call leads",)),),
                        ),
                    ),
                    (Matcher("team", Operator.EQUAL, "db"),),
                    name="db",
                ),
            ),
        )
    ),
    receivers={
        "lobby": Receiver("lobby", channel="C0OPS"),
        "dba": Receiver("dba", page=("DBA",), channel=DBA),
    },
)
