"""What goes to workers with a task that is recorded; quick to import, since each of them has to."""
