"""What the actions do: the gate of a change, the night's run, the comment on a pull request."""
