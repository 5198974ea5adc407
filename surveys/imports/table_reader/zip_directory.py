"""Checks the directory of a zip archive before anything is unpacked."""

import codecs
import stat
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from surveys.imports.table_reader.bounds import MAX_ENTRIES, MAX_RATIO, Bounds, FileRefused

# The names of parts use one of these codecs. Each is a module file, and later no file can be opened.
for encoding in ("cp437", "ascii", "utf-8"):
    codecs.lookup(encoding)

LOCAL_HEADER = 30
ENCRYPTED = 0x1
REQUIRED_PARTS = {"[Content_Types].xml", "xl/workbook.xml"}
MACROS = ("vbaproject", "macrosheets", "activex", "dialogsheets")


def checked_archive(file: BinaryIO, bounds: Bounds) -> ZipFile:
    """Returns the archive if its directory is acceptable. Raises Refused."""
    try:
        archive = ZipFile(file)
    except (BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise FileRefused("The file begins like a workbook and is damaged.") from error
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise FileRefused(f"The workbook has more than {MAX_ENTRIES} parts.")
    for entry in entries:
        _check_entry(entry)
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        raise FileRefused("Two parts of the workbook have one name.")
    if not set(names) >= REQUIRED_PARTS:
        raise FileRefused("The file is an archive and no workbook. Save the table as XLSX or as CSV.")
    _check_sizes(entries, bounds.most_unpacked)
    _check_positions(entries, end=archive.start_dir)
    return archive


def _check_entry(entry: ZipInfo) -> None:
    name = entry.filename
    if name.startswith(("/", "\\")) or ":" in name or "\\" in name or ".." in name.split("/"):
        raise FileRefused("A part of the workbook has a name that leads outside of it.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise FileRefused("The workbook holds a link to another file.")
    if entry.flag_bits & ENCRYPTED:
        raise FileRefused("The workbook is encrypted. Save it without a password.")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise FileRefused("The workbook is packed in an unusual way. Save it again with a spreadsheet.")
    if any(word in name.lower() for word in MACROS):
        raise FileRefused("The workbook holds macros. Save it as XLSX, without macros.")


def _check_sizes(entries: list[ZipInfo], most_unpacked: int) -> None:
    unpacked, packed = (
        sum(entry.file_size for entry in entries),
        sum(entry.compress_size for entry in entries),
    )
    if unpacked > most_unpacked:
        raise FileRefused(f"Unpacked the workbook has more than {most_unpacked // 1_000_000} MB.")
    if unpacked > MAX_RATIO * max(packed, 1):
        raise FileRefused("The workbook is packed more tightly than any table would be.")


def _check_positions(entries: list[ZipInfo], *, end: int) -> None:
    """Refuses parts that overlap, because overlapping parts are typical of a zip bomb."""
    previous_end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < previous_end:
            raise FileRefused("Parts of the workbook overlap.")
        previous_end = entry.header_offset + LOCAL_HEADER + len(entry.filename.encode()) + entry.compress_size
    if previous_end > end:
        raise FileRefused("Parts of the workbook overlap.")
