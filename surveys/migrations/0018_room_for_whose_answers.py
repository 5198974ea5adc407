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
        ('surveys', '0017_import_runs'),
    ]

    operations = [
        migrations.RunPython(lock, migrations.RunPython.noop),
        migrations.AddField(
            model_name='response',
            name='organization',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='surveys.organization'),
        ),
        migrations.AddField(
            model_name='answer',
            name='organization',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='surveys.organization'),
        ),
        migrations.AddField(
            model_name='answerversion',
            name='organization',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='surveys.organization'),
        ),
        migrations.AddField(
            model_name='selection',
            name='organization',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='surveys.organization'),
        ),
        migrations.AddField(
            model_name='answeredrequest',
            name='organization',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='surveys.organization'),
        ),
        migrations.AddField(
            model_name='respondentsession',
            name='organization',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='surveys.organization'),
        ),
        migrations.AddField(
            model_name='mailedcode',
            name='organization',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='surveys.organization'),
        ),
        migrations.AddField(
            model_name='welcome',
            name='organization',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='surveys.organization'),
        ),
    ]
