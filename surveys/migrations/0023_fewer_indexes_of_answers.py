import django.db.models.deletion
from django.db import migrations, models

from surveys.tenancy.ownership import lock_tables

KEYS = {
    'surveys_answer': ('item_id', 'option_id'),
    'surveys_answerversion': ('item_id',),
    'surveys_selection': ('answer_id', 'option_id'),
}


def drop_indexes(apps, schema_editor):
    """By hand, because Django would copy each table of SQLite once for each index."""
    connection = schema_editor.connection
    lock_tables(connection, list(KEYS))
    with connection.cursor() as cursor:
        for table, columns in KEYS.items():
            for name, found in connection.introspection.get_constraints(cursor, table).items():
                is_plain_index = found['index'] and not found['unique']
                if is_plain_index and found['columns'] in [[column] for column in columns]:
                    schema_editor.execute(f'DROP INDEX {schema_editor.quote_name(name)}')


class Migration(migrations.Migration):

    dependencies = [
        ('surveys', '0022_statement_of_a_wave'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop_indexes, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name='answer',
                    name='item',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='surveys.item'),
                ),
                migrations.AlterField(
                    model_name='answer',
                    name='option',
                    field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surveys.option'),
                ),
                migrations.AlterField(
                    model_name='answerversion',
                    name='item',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surveys.item'),
                ),
                migrations.AlterField(
                    model_name='selection',
                    name='answer',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='selections', to='surveys.answer'),
                ),
                migrations.AlterField(
                    model_name='selection',
                    name='option',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surveys.option'),
                ),
            ],
        ),
    ]
