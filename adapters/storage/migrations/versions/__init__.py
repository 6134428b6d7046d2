"""One file per revision, oldest first; each begins with the reason in words."""
