"""Reading `routes.yaml`: the file's shape, every mistake with its place, and tests of routes."""
