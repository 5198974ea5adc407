"""The product as README and deploy/ say that it is run: the same commands, for real, on one machine."""
