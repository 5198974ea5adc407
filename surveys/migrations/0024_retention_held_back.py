from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("surveys", "0023_fewer_indexes_of_answers")]

    operations = [
        migrations.AddField(
            model_name="retentionreport",
            name="held",
            field=models.TextField(
                default="{}",
                help_text="What waits for a person's word, by the code of the rule: how many, and of how many.",
            ),
        ),
    ]
