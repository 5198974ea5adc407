"""Seals answers and addresses with the key of their organisation.

So the texts of one organisation can be destroyed without changing those of others. A sealed text names its key. It
can be decrypted only for its organisation and its place.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from surveys.encryption import cipher, installation_key
from surveys.encryption.cipher import Key, SealingError, key_id_of
from surveys.tenancy.organization_scope import for_all_organizations

MAX_CACHED_KEYS = 20_000
TABLES_WITHOUT_BACKUP = ("surveys_sealingkey", "surveys_lookupkey")

_unwrapped_keys: dict[str, tuple[int | None, Key]] = {}


class KeyMissing(SealingError):
    pass


class NotAuthentic(SealingError):
    pass


def seal(text: str, organization_id: int | None, *, place: str = "") -> str:
    """Seals a text. An empty text stays empty.

    `place` is the column or purpose; unsealing needs the same. Without an organisation, the text is sealed with the
    installation's own sealing key.
    """
    if not text:
        return ""
    key = _key_of(organization_id)
    return key.seal(text.encode(), place=f"{organization_id} {place}")


def unseal(sealed: str, *, place: str = "") -> str:
    """Decrypts a sealed text. Raises SealingError. Returns unsealed text unchanged, because older versions wrote such
    rows."""
    key_id = key_id_of(sealed)
    if key_id is None:
        return sealed
    organization_id, key = _unwrapped_keys.get(key_id) or _read_key(key_id)
    try:
        return key.unseal(sealed, place=f"{organization_id} {place}").decode()
    except cipher.DecryptionFailed:
        raise NotAuthentic(
            "A sealed text was changed, or moved from where it was written: restore it from a backup."
        ) from None


def digest_of_address(address: str) -> str:
    """Returns a keyed digest of an address, the same for any case and outer blanks. An empty address stays empty.

    Without the key, the digest can't be linked to an address.
    """
    plain = address.strip().lower()
    return keyed_digest("address", plain) if plain else ""


def keyed_digest(kind: str, text: str) -> str:
    return lookup_key().digest(kind, text)


def tables_without_backup() -> tuple[str, ...]:
    """Returns the tables that no backup may hold, because an old backup with them could decrypt erased texts."""
    return TABLES_WITHOUT_BACKUP


@for_all_organizations
def read_keys(sealed: Iterable[str]) -> None:
    """Loads the keys of many texts by one query, before the texts are decrypted one by one."""
    key_ids = {key_id for text in sealed if (key_id := key_id_of(text)) and key_id not in _unwrapped_keys}
    for row in _sealing_keys().filter(key_id__in=key_ids) if key_ids else ():
        _cache_key(row.organization_id, _unwrapped(row, place=str(row.organization_id)))


@for_all_organizations
def prepare_keys(organizations: Collection[int]) -> None:
    """Loads the keys of many organisations and creates the missing ones, with two statements.

    For transactions that seal texts of many organisations.
    """
    keys = _transaction_keys()
    missing = [organization_id for organization_id in organizations if organization_id not in keys]
    if not missing:
        return
    for row in _sealing_keys().filter(organization_id__in=missing).order_by("-pk"):
        cached = _unwrapped_keys.get(row.key_id)
        keys[row.organization_id] = (
            cached[1]
            if cached
            else _cache_key(row.organization_id, _unwrapped(row, place=str(row.organization_id)))
        )
    new_keys = {organization_id: Key.fresh() for organization_id in missing if organization_id not in keys}
    if new_keys:
        ensure_installation_key(_sealing_keys(), _lookup_keys())
        installation = installation_key.current_key()
        _sealing_keys().bulk_create(
            _sealing_keys().model(
                key_id=key.id,
                organization_id=organization_id,
                wrapped=_wrapped(key, organization_id, installation),
            )
            for organization_id, key in new_keys.items()
        )
    keys.update(
        {organization_id: _cache_key(organization_id, key) for organization_id, key in new_keys.items()}
    )


def _wrapped(key: Key, organization_id: int, installation: Key) -> str:
    return installation.seal(key.secret, place=_place_of_key(key.id, str(organization_id)))


def _place_of_key(key_id: str, place: str) -> str:
    return f"key {key_id} {place}"


@for_all_organizations
def destroy_key(organization_id: int) -> bool:
    """Deletes the keys of an organisation. Then no text sealed for it can be decrypted, in any copy. Returns whether
    it had keys."""
    for key_id in _sealing_keys().filter(organization_id=organization_id).values_list("key_id", flat=True):
        _unwrapped_keys.pop(key_id, None)
    return bool(_sealing_keys().filter(organization_id=organization_id).delete()[0])


def clear_key_cache() -> None:
    """Clears the cache of decrypted keys, for a process whose database was replaced."""
    _unwrapped_keys.clear()


def wrap(key: Key, *, place: str) -> str:
    return installation_key.current_key().seal(key.secret, place=_place_of_key(key.id, place))


def rewrap(key_id: str, wrapped: str, *, place: str) -> str:
    """Wraps a key again, by the current first installation key."""
    return wrap(unwrap(key_id, wrapped, place=place), place=place)


def unwrap(key_id: str, wrapped: str, *, place: str) -> Key:
    """Unwraps a key. Raises SealingError."""
    name = key_id_of(wrapped)
    keys = {key.id: key for key in installation_key.installation_keys()}
    if name not in keys:
        raise KeyMissing(
            f"The installation key {name} is not here: put it back as a further line of INSTALLATION_KEY_FILE,"
            " or behind a comma in INSTALLATION_KEY."
        )
    try:
        return Key(key_id, keys[name].unseal(wrapped, place=_place_of_key(key_id, place)))
    except cipher.DecryptionFailed:
        raise NotAuthentic(f"The wrapped key {key_id} was changed: bring back the key ring.") from None


class _TransactionKeys:
    """The cache of the keys read in this transaction.

    It is stored among the callbacks of the transaction, which a rollback drops. So no text is sealed with a key whose
    row was rolled back.
    """

    def __init__(self) -> None:
        self.keys: dict[int | None, Key] = {}

    def __call__(self) -> None:
        self.keys.clear()


def _key_of(organization_id: int | None) -> Key:
    keys = _transaction_keys()
    if organization_id not in keys:
        keys[organization_id] = _stored_key(organization_id)
    return keys[organization_id]


def _transaction_keys() -> dict[int | None, Key]:
    if not connection.in_atomic_block:
        return {}
    savepoints = set(connection.savepoint_ids)
    for callback_savepoints, callback, *_ in connection.run_on_commit:
        if isinstance(callback, _TransactionKeys) and callback_savepoints == savepoints:
            return callback.keys
    transaction_keys = _TransactionKeys()
    transaction.on_commit(transaction_keys)
    return transaction_keys.keys


@for_all_organizations
def _stored_key(organization_id: int | None) -> Key:
    row = _sealing_keys().filter(_owned_by(organization_id)).first()
    if row is None:
        ensure_installation_key(_sealing_keys(), _lookup_keys())
        new_key = Key.fresh()
        wrapped = wrap(new_key, place=str(organization_id))
        row = _sealing_keys().create(key_id=new_key.id, organization_id=organization_id, wrapped=wrapped)
    cached = _unwrapped_keys.get(row.key_id)
    return cached[1] if cached else _cache_key(organization_id, _unwrapped(row, place=str(organization_id)))


@for_all_organizations
def _read_key(key_id: str) -> tuple[int | None, Key]:
    row = _sealing_keys().filter(key_id=key_id).first()
    if row is None:
        raise KeyMissing(
            f"The key {key_id} is not in the database: it was destroyed with its organisation, or the database was"
            " restored without its key ring (manage.py key_ring restore)."
        )
    return row.organization_id, _cache_key(
        row.organization_id, _unwrapped(row, place=str(row.organization_id))
    )


def lookup_key() -> Key:
    """Returns the key of keyed digests."""
    row = _lookup_keys().first()
    if row is None:
        ensure_installation_key(_sealing_keys(), _lookup_keys())
        new_key = Key.fresh()
        defaults = {"key_id": new_key.id, "wrapped": wrap(new_key, place="lookup")}
        row, _ = _lookup_keys().get_or_create(pk=1, defaults=defaults)
    return _unwrapped(row, place="lookup")


def has_lookup_key() -> bool:
    return bool(_lookup_keys().exists())


def ensure_installation_key(*tables: Any) -> None:
    """Creates the installation key if one machine holds key and database and no key has been wrapped yet.

    If keys have been wrapped, their installation key must be restored. With a separate PostgreSQL server the operator
    provides the key, because this machine may be one of several, or be replaced.
    """
    if creates_own_installation_key() and not any(rows.exists() for rows in tables):
        installation_key.create_file()


def creates_own_installation_key() -> bool:
    return not installation_key.exists() and (connection.vendor == "sqlite" or settings.EMBEDDED)


def _unwrapped(row: Any, *, place: str) -> Key:
    return unwrap(row.key_id, row.wrapped, place=place)


def _cache_key(organization_id: int | None, key: Key) -> Key:
    if len(_unwrapped_keys) >= MAX_CACHED_KEYS:
        _unwrapped_keys.clear()
    _unwrapped_keys[key.id] = (organization_id, key)
    return key


def _owned_by(organization_id: int | None) -> Q:
    return Q(organization__isnull=True) if organization_id is None else Q(organization_id=organization_id)


def _sealing_keys() -> Any:
    return apps.get_model("surveys", "SealingKey").objects.order_by("pk")


def _lookup_keys() -> Any:
    return apps.get_model("surveys", "LookupKey").objects.order_by("pk")
