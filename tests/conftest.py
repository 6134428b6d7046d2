"""What holds for all tests."""

import os

from hypothesis import settings

# Machines that run tests are shared, so how long an example takes says nothing.
settings.register_profile("here", deadline=None)
# A run in CI fails for a change, not for its luck; a developer's looks further each time.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")  # noqa: TID251 - not a setting
