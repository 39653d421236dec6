"""What runs around webhook processors: registration, order, outcome, safety net."""
