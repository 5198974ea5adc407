import django.db.models.deletion
from django.db import migrations, models

from surveys.tenancy.ownership import lock_tables

TABLES = [
    f'surveys_{name}'
    for name in (
        'invitation', 'membership', 'response', 'answer', 'answerversion', 'selection', 'answeredrequest',
        'respondentsession', 'mailedcode', 'welcome',
    )
]


def lock(apps, schema_editor):
    lock_tables(schema_editor.connection, TABLES)


class Migration(migrations.Migration):

    dependencies = [
        ('surveys', '0019_whose_answers'),
    ]

    operations = [
        migrations.RunPython(lock, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='response',
            name='organization',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='surveys.organization'),
        ),
        migrations.AlterField(
            model_name='answer',
            name='organization',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='surveys.organization'),
        ),
        migrations.AlterField(
            model_name='answerversion',
            name='organization',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='surveys.organization'),
        ),
        migrations.AlterField(
            model_name='selection',
            name='organization',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='surveys.organization'),
        ),
        migrations.AlterField(
            model_name='answeredrequest',
            name='organization',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='surveys.organization'),
        ),
        migrations.AlterField(
            model_name='respondentsession',
            name='organization',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='surveys.organization'),
        ),
        migrations.AlterField(
            model_name='mailedcode',
            name='organization',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='surveys.organization'),
        ),
        migrations.AlterField(
            model_name='answer',
            name='response',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='surveys.response'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.UniqueConstraint(fields=('id', 'organization'), name='answer_of_organization'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(fields=('id', 'organization'), name='invitation_of_organization'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('id', 'organization'), name='membership_of_organization'),
        ),
        migrations.AddConstraint(
            model_name='response',
            constraint=models.UniqueConstraint(fields=('id', 'organization'), name='response_of_organization'),
        ),
    ]
