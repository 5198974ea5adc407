"""Generates files that harm a program that opens them, and some that only look odd. Each run generates them again."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)
CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>'
Parts = dict[str, str | bytes]


def parts(rows: str = CELL, *, before: str = "", **more: str | bytes) -> Parts:
    return {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="a" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="A" sheetId="1" r:id="b"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="b" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="c" '
        f'Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>x</t></si></sst>',
        **more,
    }


def packed(files: Parts, *, links: tuple[str, ...] = ()) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            if name in links:
                entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(entry, content)
    return output.getvalue()


def directory_entry(content: bytes, name: str) -> int:
    """Returns the position of this part's entry in the central directory."""
    position = content.index(b"PK\x01\x02")
    while content[position + 46 : position + 46 + len(name)] != name.encode():
        position = content.index(b"PK\x01\x02", position + 4)
    return position


def changed(content: bytes, name: str, offset: int, value: int) -> bytes:
    position = directory_entry(content, name) + offset
    return content[:position] + struct.pack("<I", value) + content[position + 4 :]


def shared_strings(megabytes: int) -> bytes:
    """Compresses to a thousandth of its size."""
    text = f"<si><t>{'A' * 1_000_000}</t></si>" * megabytes
    return packed(parts('<row r="1"><c r="A1" t="s"><v>0</v></c></row>',
                        **{"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{text}</sst>'}))  # fmt: skip


def one_text(megabytes: int) -> bytes:
    text = f"<si><t>{'A' * 1_000_000 * megabytes}</t></si>"
    return packed(parts(**{"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{text}</sst>'}))


def overlapping() -> bytes:
    content = packed(parts(**{"xl/media/a.xml": "a" * 5_000, "xl/media/b.xml": "b" * 5_000}))
    first = content.index(b"PK\x03\x04", content.index(b"xl/media/a.xml") - 40)
    return changed(content, "xl/media/b.xml", 42, first)


def wrong_size() -> bytes:
    """A part of 30 MB whose entry gives a size of 20 bytes."""
    content = packed(parts(CELL + "<!--" + "z" * 30_000_000 + "-->"))
    return changed(content, "xl/worksheets/sheet1.xml", 24, 20)


XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)
) + "]>"  # fmt: skip
ENTITY = '<row r="1"><c r="A1" t="inlineStr"><is><t>&{};</t></is></c></row>'
FORMULA = '<row r="1"><c r="A1"><f>{}</f><v>1</v></c></row>'

HARMFUL: dict[str, Callable[[], bytes]] = {
    "shared strings that unpack to 120 MB": lambda: shared_strings(120),
    "shared strings that unpack to 39 MB": lambda: shared_strings(39),
    "one cell at XFD1048576": lambda: packed(
        parts('<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>')
    ),
    "a million rows": lambda: packed(parts("<row/>" * 1_048_576)),
    "a zip in a zip": lambda: packed({"inner.zip": packed({"inner.zip": packed(parts())})}),
    "sizes that lie": wrong_size,
    "parts that overlap": overlapping,
    "201 parts": lambda: packed(parts(**{f"xl/media/{n}.xml": "a" for n in range(201)})),
    "an entity from a file": lambda: packed(parts(ENTITY.format("e"), before=XXE)),
    "entities in entities": lambda: packed(parts(ENTITY.format("a9"), before=LAUGHS)),
    "a link to another workbook": lambda: packed(parts(FORMULA.format("[1]Sheet1!A1"))),
    "a command": lambda: packed(parts(FORMULA.format("cmd|' /C calc'!A0"))),
    "macros": lambda: packed(parts(**{"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})),
    "a name that leads out": lambda: packed(parts(**{"../../../tmp/planted.xml": "a"})),
    "a symbolic link": lambda: packed(parts(**{"xl/link.xml": "/etc/passwd"}), links=("xl/link.xml",)),
    "a million columns": lambda: b"," * 1_000_000,
    "one cell of 9 MB": lambda: b"a" * 9_900_000,
    "50 MB in quotes": lambda: b'"' + b"a" * 50_000_000,
    "9 MB in quotes that never end": lambda: b'"' + b"a\n" * 4_900_000,
    "half a workbook": lambda: packed(parts())[:-100],
    "an old workbook": lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 5_000,
    "bytes that are no text": lambda: bytes(range(256)) * 40,
    "nothing": lambda: b"",
}
TABLE = "name,city\nZoë,Köln\n"
HARMLESS: dict[str, Callable[[], bytes]] = {
    "UTF-8": lambda: TABLE.encode(),
    "UTF-8 with a mark": lambda: TABLE.encode("utf-8-sig"),
    "UTF-16 with a mark": lambda: TABLE.encode("utf-16"),
    "UTF-16 without a mark": lambda: TABLE.encode("utf-16-le"),
    "UTF-16, the other way round": lambda: TABLE.encode("utf-16-be"),
    "Windows-1252": lambda: TABLE.encode("cp1252"),
    "semicolons": lambda: TABLE.replace(",", ";").encode(),
    "line ends of Windows": lambda: TABLE.replace("\n", "\r\n").encode(),
}
