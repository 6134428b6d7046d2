"""The demo: the production application between its two own servers."""
