from django.db import migrations

PARENTS = (
    ('surveys_response', 'surveys_invitation', 'invitation_id'),
    ('surveys_answer', 'surveys_response', 'response_id'),
    ('surveys_answerversion', 'surveys_response', 'response_id'),
    ('surveys_selection', 'surveys_answer', 'answer_id'),
    ('surveys_answeredrequest', 'surveys_response', 'response_id'),
    ('surveys_respondentsession', 'surveys_response', 'response_id'),
    ('surveys_mailedcode', 'surveys_response', 'response_id'),
    ('surveys_welcome', 'surveys_membership', 'membership_id'),
)
FILL = [
    f'UPDATE {table} SET organization_id = (SELECT parent.organization_id FROM {parent} AS parent'
    f' WHERE parent.id = {table}.{key}) WHERE organization_id IS NULL'
    for table, parent, key in PARENTS
]


class Migration(migrations.Migration):
    """By itself, because PostgreSQL changes no table that rows were changed in by the same transaction."""

    dependencies = [
        ('surveys', '0018_room_for_whose_answers'),
    ]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
