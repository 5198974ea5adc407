"""Checks the directory of a zip archive before anything is unpacked."""

import codecs
import stat
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from surveys.imports.table_reader.bounds import MOST_ENTRIES, MOST_RATIO, Bounds, Refused

# The names of parts use one of these codecs. Each is a module file, and later no file can be opened.
for encoding in ("cp437", "ascii", "utf-8"):
    codecs.lookup(encoding)

LOCAL_HEADER = 30
ENCRYPTED = 0x1
NEEDED = {"[Content_Types].xml", "xl/workbook.xml"}
MACROS = ("vbaproject", "macrosheets", "activex", "dialogsheets")


def judged(file: BinaryIO, bounds: Bounds) -> ZipFile:
    """Returns the archive if its directory is acceptable. Raises Refused."""
    try:
        archive = ZipFile(file)
    except (BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise Refused("The file begins like a workbook and is damaged.") from error
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise Refused(f"The workbook has more than {MOST_ENTRIES} parts.")
    for entry in entries:
        _judge(entry)
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        raise Refused("Two parts of the workbook have one name.")
    if not set(names) >= NEEDED:
        raise Refused("The file is an archive and no workbook. Save the table as XLSX or as CSV.")
    _judge_sizes(entries, bounds.most_unpacked)
    _judge_places(entries, end=archive.start_dir)
    return archive


def _judge(entry: ZipInfo) -> None:
    name = entry.filename
    if name.startswith(("/", "\\")) or ":" in name or "\\" in name or ".." in name.split("/"):
        raise Refused("A part of the workbook has a name that leads outside of it.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused("The workbook holds a link to another file.")
    if entry.flag_bits & ENCRYPTED:
        raise Refused("The workbook is encrypted. Save it without a password.")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise Refused("The workbook is packed in an unusual way. Save it again with a spreadsheet.")
    if any(word in name.lower() for word in MACROS):
        raise Refused("The workbook holds macros. Save it as XLSX, without macros.")


def _judge_sizes(entries: list[ZipInfo], most_unpacked: int) -> None:
    unpacked, packed = sum(one.file_size for one in entries), sum(one.compress_size for one in entries)
    if unpacked > most_unpacked:
        raise Refused(f"Unpacked the workbook has more than {most_unpacked // 1_000_000} MB.")
    if unpacked > MOST_RATIO * max(packed, 1):
        raise Refused("The workbook is packed more tightly than any table would be.")


def _judge_places(entries: list[ZipInfo], *, end: int) -> None:
    """Refuses parts that overlap, because overlapping parts are typical of a zip bomb."""
    free_from = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < free_from:
            raise Refused("Parts of the workbook overlap.")
        free_from = entry.header_offset + LOCAL_HEADER + len(entry.filename.encode()) + entry.compress_size
    if free_from > end:
        raise Refused("Parts of the workbook overlap.")
