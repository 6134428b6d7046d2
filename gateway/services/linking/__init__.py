"""People who link themselves to their extension, and how that ends."""
