"""Live events: what happened at the vendors, in the catalog within seconds."""
