"""What ties the two products together."""
