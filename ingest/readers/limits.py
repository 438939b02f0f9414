"""How much is too much: every limit of the readers, in one place. Bytes are counted unpacked, ``MB`` is a million."""

from __future__ import annotations

MB = 1_000_000

LETTER_CHARACTERS = 200_000
"""Characters of one letter's text. A long letter has 10,000."""

LETTER_FILE_BYTES = 50 * MB
"""Bytes of a file that holds one letter, pictures included."""

TABLE_FILE_BYTES = 500 * MB
"""Bytes of a table or zip, which hold many letters; of an ``.xlsx`` also when unpacked."""

PDF_PAGES = 100
"""Pages of one PDF: 50,000 empty ones fit in 300 kB and cost a quarter of a minute."""

PDF_PAGE_STEPS = 500_000
"""Drawing instructions and their operands on one page. A page of text has 10,000."""

PDF_SECONDS = 20
"""Time for one PDF. 100 pages of text take 5."""

PACKAGE_BYTES = 200 * MB
"""Bytes of an unpacked ``.docx`` or ``.odt``."""

PACKAGE_XML_BYTES = 20 * MB
"""Bytes of the XML of an unpacked ``.docx`` or ``.odt``: a parsed tree takes ten times as much memory."""

TABLE_ROWS = 100_000
TABLE_COLUMNS = 500

ZIP_FILES = 20_000
ZIP_BYTES = 500 * MB
"""Bytes of all files of a zip together, unpacked."""

PACKING_RATIO = 200
"""How many times smaller than its content a packed file may be. Letters reach 4, a zip bomb 1,000 ..."""

PACKING_RATIO_FROM = 10 * MB
"""... asked only of content above this size, where it could hurt."""

MARKUP_BYTES = 2 * MB
"""Bytes of an ``.rtf`` or ``.html`` without its pictures. Word needs 100 kB for a long letter."""
