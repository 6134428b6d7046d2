"""CLOCK: ours against the vendors'. Slack's requests are judged by their time."""

from collections.abc import Mapping

from gateway.doctor.findings import Findings, fail, ok, warn

_NOTICED_S = 5.0
"""Below, the header's whole seconds and the way of the answer explain it."""
_TOO_FAR_S = 60.0
"""Requests from further ahead are refused, see `adapters.chat.slack.signature`."""
_FIX = "Let this machine's clock follow a time server: timedatectl set-ntp true"


def skew(ahead_s: Mapping[str, float | None]) -> Findings:
    """Compare with each vendor who told the time; `ahead_s` is by how much they are ahead."""
    told = {vendor: seconds for vendor, seconds in ahead_s.items() if seconds is not None}
    for vendor, seconds in told.items():
        size = abs(seconds)
        how = f"our clock is {size:.0f} s {'behind' if seconds > 0 else 'ahead of'} {vendor}'s"
        if size > _TOO_FAR_S:
            yield fail("clock.skewed", f"{how}: Slack's requests will be refused", _FIX)
        elif size > _NOTICED_S:
            yield warn("clock.drifts", how, _FIX)
        else:
            yield ok("clock.right", f"our clock agrees with {vendor}'s")
    if not told:
        yield warn("clock.unknown", "nobody told the time to compare with", "See SLACK above.")
