"""What people do here, in a real browser on a served site."""
