import uuid

from django.db import migrations, models


def give_each_its_own(apps, schema_editor):
    """The default of an added column is one value for all rows."""
    if schema_editor.connection.vendor == "postgresql":
        # One statement, because the table is locked meanwhile.
        schema_editor.execute("UPDATE surveys_organization SET public_id = gen_random_uuid()")
        return
    Organization = apps.get_model("surveys", "Organization")
    for organization in Organization.objects.all().iterator():
        Organization.objects.filter(pk=organization.pk).update(public_id=uuid.uuid4())


class Migration(migrations.Migration):

    dependencies = [("surveys", "0012_processes")]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("respondent", "Respondent"), ("organization", "organisation")], max_length=20
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(help_text="A key or a word, never a name.", max_length=60)),
                ("receipt", models.CharField(max_length=20)),
                (
                    "counts",
                    models.TextField(help_text="By table and kind of file how much was erased, as JSON."),
                ),
            ],
            options={"ordering": ["-at"]},
        ),
        migrations.AddField(
            model_name="organization",
            name="public_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, null=True),
        ),
        migrations.RunPython(give_each_its_own, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="organization",
            name="public_id",
            field=models.UUIDField(
                default=uuid.uuid4,
                editable=False,
                help_text="Never given again, unlike keys and short names.",
                unique=True,
            ),
        ),
    ]
