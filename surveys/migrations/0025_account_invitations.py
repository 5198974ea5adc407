"""Names the model AccountInvitation. The table keeps its name, so the database does not change."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("surveys", "0024_retention_held_back"),
    ]

    operations = [
        migrations.AlterModelTable(name="welcome", table="surveys_welcome"),
        migrations.RenameModel(old_name="Welcome", new_name="AccountInvitation"),
        migrations.AlterField(
            model_name="accountinvitation",
            name="membership",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="account_invitations",
                to="surveys.membership",
            ),
        ),
        migrations.AlterField(
            model_name="accountinvitation",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="account_invitations",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
