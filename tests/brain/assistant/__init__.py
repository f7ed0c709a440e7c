"""A small assistant whose parts break on demand, in the brain's environment."""
