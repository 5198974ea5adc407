"""What an analyst asks of the answers of all waves of a questionnaire: a question in the address, a table back."""
