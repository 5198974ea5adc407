"""Questionnaire definitions: reading them, which items are asked, which answers are valid.

Pure: it imports nothing but libraries, and everything else may import it. `questionnaire_definition.parse` reads a
definition, `routing` tells which items are asked, `validity` and `answer_json` read answers, `cohorts` names the groups
that organisations are compared by.
"""
