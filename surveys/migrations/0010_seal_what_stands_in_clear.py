"""Seals the texts and addresses that are there. Not one transaction: it may be ended at any moment and run again."""

from django.db import connection, migrations

from surveys.encryption.sealing import ensure_installation_key
from surveys.encryption.unsealed_rows import KeyStore, seal_rows
from surveys.retention.database_remnants import clear_remnants


def seal(apps, schema_editor):
    keys = KeyStore(apps.get_model("surveys", "SealingKey"), apps.get_model("surveys", "LookupKey"))
    ensure_installation_key(keys.sealing_keys.objects, keys.lookup_keys.objects)
    sealed = {table for table, count in seal_rows(keys).items() if count}
    if sealed and not connection.in_atomic_block:
        clear_remnants(sealed)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("surveys", "0009_sealed_addresses")]

    operations = [migrations.RunPython(seal, migrations.RunPython.noop)]
