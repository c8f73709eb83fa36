"""The engines; registry.py knows them by name."""
