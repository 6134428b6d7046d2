"""The company pager itself: RingCentral's pager service over HTTP, with its own storage.

    async with running_pager(PagerServerConfig(dev_credentials=True)) as pager:
        ...  # any RingCentral client, against pager.url with pager.jwt["104"]

On the command line: `gateway pager serve --data pager.db --dev-credentials --admin`.

It imports nothing of the gateway and shares no wire type with any client: a shared misreading would
pass every test. What RingCentral documents is done as documented, oddities included; what it leaves
open is a switch in `Dialect`, whose defaults are this server's assumptions.

Who does what, from the wire to the disk:

- `server` puts everything together; `door` listens; `edge` gives every answer its id and body;
- `calls` checks what all endpoints share; `company_pager`, `message_store`, `message_sync`,
  `company_directory`, `subscription_api`, `oauth` and `consent` are the endpoints; `reading` and
  `resources` read requests and write answers; `errors` is the catalogue of refusals;
- `pages` has the rules of paging as pure decisions; `ledger` and `mailbox` are the statements that
  store and read; `store` makes them durable; `directory` is the company, `directory_file` its file;
- `sessions`, `limits`, `subscriptions` keep state; `notifier` and `webhooks` tell subscribers;
- `admin`, `admin_faults` and `admin_stream` are the administration, behind `admin_guard`; `faults`
  lists what can be made to go wrong, `striking` does it to requests; `journal` is what they show.

The administration, only with `admin`:

| call | does |
|---|---|
| `GET /_admin/log?after=` | every accepted page with its recipients, for checkers |
| `GET /_admin/state` | people with status, departments with members and manager |
| `POST /_admin/extensions` | adds a person |
| `PATCH /_admin/extensions/{number}` | sets `status` |
| `PUT`, `DELETE /_admin/departments/{number}/members/{number}` | changes membership |
| `GET /_admin/mailboxes/{number}/messages` | what that phone shows |
| `POST /_admin/messages` | sends as that phone, under the API's rules |
| `POST /_admin/clock` | moves the pager's time ahead by `advance_s` |
| `GET`, `POST`, `DELETE /_admin/faults` | see `faults` |
| `GET /_admin/exchanges?after=`, `GET /_admin/stream?after=` | what happens, listed and live |
"""

from adapters.pager.embedded.clock import ServerClock
from adapters.pager.embedded.config import Dialect, PagerServerConfig, RateLimits
from adapters.pager.embedded.directory_file import DirectoryFileError
from adapters.pager.embedded.server import RunningPager, create_app, running_pager, serve
from adapters.pager.embedded.store import StoreError

__all__ = [
    "Dialect",
    "DirectoryFileError",
    "PagerServerConfig",
    "RateLimits",
    "RunningPager",
    "ServerClock",
    "StoreError",
    "create_app",
    "running_pager",
    "serve",
]
