"""What a stranger needs to derive the published derived numbers of a release again."""
