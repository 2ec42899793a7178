"""What differs between Linux, macOS and Windows: one file for each difference."""
