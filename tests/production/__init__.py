"""Runs the product by the commands of docs/production.md and deploy/, on one machine."""
