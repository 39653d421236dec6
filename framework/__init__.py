"""The only place that extends or reaches into the framework, one subclass a file."""
