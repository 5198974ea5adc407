"""Decodes the bytes of a text file, and normalises its line ends."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from surveys.imports.table_reader.bounds import FileRefused

ENCODINGS = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "windows-1252": "cp1252",
    "iso-8859-1": "iso8859-1",
    "iso-8859-15": "iso8859-15",
    "mac-roman": "mac-roman",
}
# Codecs are loaded before the process is confined, because each is a module file.
for encoding in ("utf-8-sig", "utf-16-le", "utf-16-be", *ENCODINGS.values()):
    codecs.lookup(encoding)

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
SAMPLE_BYTES = 2_000
CHUNK_BYTES = 262_144
ENCODING_GUESSED = "The file is not UTF-8; its letters were read as Windows-1252. Check names with accents."
# `\r\r\n` arises if a program writes `\r\n` to a file in the text mode of Windows.
LINE_END = re.compile("\r{1,2}\n|\r")


def encoding_of(file: BinaryIO, declared: str) -> tuple[str, list[str]]:
    """Returns the encoding, and the assumptions made. A byte order mark takes precedence over the given encoding.

    Raises Refused.
    """
    file.seek(0)
    sample = file.read(SAMPLE_BYTES)
    for bom, name in BOMS:
        if sample.startswith(bom):
            return name, []
    if declared:
        return ENCODINGS[declared], []
    if utf16 := _utf16_without_bom(sample):
        return utf16, []
    if _contains_nul(file):
        raise FileRefused("The file is no text. Save the table as CSV in UTF-8, or as XLSX.")
    return ("utf-8", []) if _is_utf8(file) else ("cp1252", [ENCODING_GUESSED])


def _utf16_without_bom(sample: bytes) -> str:
    """Detects UTF-16 without a byte order mark: in Latin text every second byte is zero."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) < len(sample) // 5:
        return ""
    return "utf-16-le" if odd > 4 * even else "utf-16-be" if even > 4 * odd else ""


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _contains_nul(file: BinaryIO) -> bool:
    return any(b"\0" in chunk for chunk in _chunks(file))


def _is_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(file):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


class TextStream:
    """A text with `\\n` at each line end, read in chunks. pandas reads from it as from a file."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self.encoding, self.line = encoding, 1
        self._pieces = self._decoded(_chunks(file))

    def __iter__(self) -> Iterator[str]:
        return self._pieces

    def read(self, _: int = -1) -> str:
        return next(self._pieces, "")

    def _decoded(self, chunks: Iterator[bytes]) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self.encoding)()
        incomplete_end = ""
        for chunk in chunks:
            text = incomplete_end + self._decode(decoder, chunk)
            incomplete_end = text[len(text.rstrip("\r")) :]
            yield from self._with_one_line_end(text[: len(text) - len(incomplete_end)])
        yield from self._with_one_line_end(incomplete_end + self._decode(decoder, b""))

    def _decode(self, decoder: codecs.IncrementalDecoder, chunk: bytes) -> str:
        try:
            return decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            line = self.line + chunk.count(b"\n", 0, error.start)
            raise FileRefused(
                f"The bytes in line {line} are no text. Save the table as CSV in UTF-8."
            ) from error

    def _with_one_line_end(self, text: str) -> Iterator[str]:
        if "\0" in text:
            raise FileRefused("The file is no text. Save the table as CSV in UTF-8, or as XLSX.")
        text = LINE_END.sub("\n", text)
        self.line += text.count("\n")
        if text:
            yield text
