"""Harbour: people, messages and handoff. The architecture: docs/architecture.md."""
