"""Questionnaire definitions: parsing, routing and validation of answers.

This folder imports libraries only; everything else may import it. `questionnaire_definition.parse` parses a
definition, and `routing` decides which items are asked. `validity` and `answer_json` read answers. `cohorts` defines
the groups by which organisations are compared.
"""
