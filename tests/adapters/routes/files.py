"""Where the published files are, and small ones to start from."""

from pathlib import Path

CONFIG = Path(__file__).parents[3] / "config"
EXAMPLE = CONFIG / "routes.example.yaml"
EXAMPLE_CASES = CONFIG / "routes.example.tests.yaml"
SCHEMA = CONFIG / "schema" / "routes.schema.json"

SMALL = """\
receivers:
  - {name: lobby, channel: C0OPS}
  - {name: dba, page: [DBA]}
route:
  receiver: lobby
  routes:
    - {matchers: ['team="db"'], receiver: dba}
"""
