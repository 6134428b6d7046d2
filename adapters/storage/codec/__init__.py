"""Values as stored facts: versioned JSON, written out by hand so that a reader sees the format."""
