from django.db import migrations, models

COUNT = """
    INSERT INTO surveys_tally (wave_id, submissions, latest, changes)
    SELECT wave_id, count(*), max(submitted_at), 0
    FROM surveys_response JOIN surveys_invitation ON surveys_invitation.id = invitation_id
    WHERE submitted_at IS NOT NULL GROUP BY wave_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('surveys', '0002_corrected_responses'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('wave', models.OneToOneField(on_delete=models.deletion.CASCADE, primary_key=True, related_name='tally', serialize=False, to='surveys.wave')),
                ('submissions', models.PositiveBigIntegerField()),
                ('latest', models.DateTimeField(help_text='When the last of them was submitted.')),
                ('changes', models.PositiveBigIntegerField(help_text='Corrections, revocations and deletions of submitted responses, and changes of who gave them.')),
            ],
            options={
                'ordering': ['wave'],
            },
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
