"""Base against head: two commits in processes of their own, measured in the same rounds."""
