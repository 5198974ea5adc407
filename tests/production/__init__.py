"""The product run by the commands of docs/production.md and deploy/, on one machine."""
