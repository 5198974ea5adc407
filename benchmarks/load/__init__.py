"""Load test of a survey day: respondents who save, analysts who read, and one long export at the same time."""
