"""How the product bears a survey day: respondents who save, analysts who read, one long export, all at once."""
