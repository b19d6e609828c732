"""Opens an untrusted .xlsx as a zip: its parts, bounded in size and free of entities, or one line on what is wrong."""

import copy
import re
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from xlbackprop.errors import Unreadable

MEGABYTE = 1_000_000
MAX_FILE = 100 * MEGABYTE
MAX_UNPACKED = 400 * MEGABYTE
MAX_XML = 100 * MEGABYTE
MAX_MARKS = 20_000_000  # tags and attributes in memory at a time: each costs some 100 bytes
CHUNK = 1 << 18
MAX_RATIO = 200
PICTURES = "xl/media/"  # nobody unpacks them here, and one of few circles on nothing packs that well
MAX_MEMBERS = 10_000

OLE = bytes.fromhex("D0CF11E0")
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
RESAVE = "open it in a spreadsheet program and save it as .xlsx again"

# What zipfile raises where the bytes are not what they should be.
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError)

# What the first bytes or the name give away, asked in this order: (is it so, what to say).
LOOKALIKES: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (lambda data: not data, "is an empty file: save the workbook again"),
    (lambda data: data.startswith(OLE) and ENCRYPTED in data, "is protected by a password: remove the password"),
    (lambda data: data.startswith(OLE), "is an old .xls workbook: save it as .xlsx"),
    (lambda data: not data.startswith(b"PK"), "is not an .xlsx workbook, whatever its name: save it as .xlsx"),
)

# What no honest member of an .xlsx is: (is it so, what to say).
MEMBER_FLAWS: tuple[tuple[Callable[[zipfile.ZipInfo], bool], str], ...] = (
    (lambda member: bool(member.flag_bits & 1), "is encrypted: remove the password"),
    (
        lambda member: member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
        f"is packed by a method that .xlsx does not have: {RESAVE}",
    ),
    (
        lambda member: (
            member.file_size > max(MEGABYTE, MAX_RATIO * member.compress_size)
            and not member.filename.startswith(PICTURES)
        ),
        f"unpacks to more than {MAX_RATIO} times its size, as zip bombs do: {RESAVE}",
    ),
)


@dataclass(frozen=True)
class Archive:
    """An open .xlsx whose members were found harmless."""

    zip: zipfile.ZipFile

    def __contains__(self, name: str) -> bool:
        """Whether there is a part of that name."""
        return name in self.zip.NameToInfo

    def size(self, name: str) -> int:
        """How many bytes a part says that it unpacks to."""
        if name not in self:
            raise Unreadable(f"has no part {name}: {RESAVE}")
        return self.zip.getinfo(name).file_size

    def part(self, name: str) -> bytes:
        """The bytes of a part."""
        size = self.size(name)
        # zipfile believes the declared size and stops there; asking for one byte more shows a lie in either direction.
        probe = copy.copy(self.zip.getinfo(name))
        probe.file_size = size + 1
        try:
            with self.zip.open(probe) as member:
                data = member.read(size + 1)
        except DAMAGE as error:
            raise Unreadable(f"the part {name} is damaged or cut off: get a fresh copy") from error
        if len(data) != size:
            raise Unreadable(f"the part {name} lies about its size: {RESAVE}")
        return data

    def markup(self, name: str) -> bytes:
        """The XML text of a part in an encoding that extends ASCII, without a document type."""
        if self.size(name) > MAX_XML:
            raise Unreadable(f"the part {name} unpacks to more than {MAX_XML // MEGABYTE} MB: split the workbook")
        text = self._text(name)
        if _marks(text) > MAX_MARKS:
            raise Unreadable(_too_many(name))
        return text

    def _text(self, name: str) -> bytes:
        text = _without_utf16(self.part(name), name)
        # Every other encoding that expat takes spells this in ASCII, and entities need it.
        if b"<!DOCTYPE" in text:
            raise Unreadable(f"the part {name} declares a document type, which .xlsx forbids: {RESAVE}")
        return text

    def xml(self, name: str) -> ET.Element:
        """The root element of a part."""
        text = self.markup(name)
        with _well_formed(name):
            return ET.fromstring(text)  # noqa: S314  markup() lets no entity pass, and defusedxml is slow

    def rows(self, name: str) -> Iterator[ET.Element]:
        """Every `<row>` of a worksheet, complete; afterwards it is forgotten, for there may be a million."""
        text = self._text(name)
        builder = ET.TreeBuilder()
        parser = ET.XMLParser(target=builder)  # noqa: S314  _text() lets no entity pass
        marks = 0
        for start in range(0, len(text), CHUNK):
            chunk = text[start : start + CHUNK]
            with _well_formed(name):
                parser.feed(chunk)
            done = _taken(builder.close(), -1)  # which gives the tree as far as it has grown
            yield from done
            marks = _marks(chunk) + (0 if done else marks)
            if marks > MAX_MARKS:
                raise Unreadable(_too_many(name))
        with _well_formed(name):
            root = parser.close()
        yield from _taken(root, None)
        if len(root.findall(_in_main(root, "sheetData"))) > 1:
            raise Unreadable(f"the part {name} holds two sheets: {RESAVE}")


def _taken(root: ET.Element | None, end: int | None) -> list[ET.Element]:
    """The rows of a worksheet up to the place `end`, taken out of it. The last one may not be complete."""
    data = None if root is None else root.find(_in_main(root, "sheetData"))
    if root is None or data is None:
        return []
    taken = [element for element in data[:end] if element.tag == _in_main(root, "row")]
    del data[:end]
    return taken


def _in_main(root: ET.Element, name: str) -> str:
    """The full name of an element in the namespace of the root."""
    return root.tag[: root.tag.rfind("}") + 1] + name


def _marks(text: bytes) -> int:
    """About how many tags and attributes there are."""
    return text.count(b"<") + text.count(b"=")


def _too_many(name: str) -> str:
    return f"the part {name} has more than {MAX_MARKS:,} tags and attributes: split the workbook"


@contextmanager
def _well_formed(name: str) -> Iterator[None]:
    """What the parser complains of in a part is Unreadable."""
    try:
        yield
    except (ET.ParseError, ValueError, LookupError) as error:
        raise Unreadable(f"the part {name} is not well-formed XML ({error}): {RESAVE}") from error


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open `path`; what is wrong with it, at once or while it is read, is Unreadable and begins with the path."""
    try:
        _refuse_lookalikes(path)
        with zipfile.ZipFile(path) as archive:
            _refuse_hostile(archive.infolist())
            yield Archive(archive)
    except Unreadable as error:
        raise Unreadable(one_line(f"{path}: {error}")) from error
    except PermissionError as error:
        raise Unreadable(one_line(f"{path}: may not be read: ask for permission to read it")) from error
    except OSError as error:
        raise Unreadable(one_line(f"{path}: cannot be read ({error.strerror or error}): get a fresh copy")) from error
    except DAMAGE as error:
        raise Unreadable(one_line(f"{path}: is damaged or cut off: get a fresh copy")) from error


def one_line(text: str) -> str:
    """The text without what could break the line or colour a terminal: names in the file are anybody's."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _refuse_lookalikes(path: Path) -> None:
    """Raise Unreadable for what is not an .xlsx at first sight."""
    if path.name.startswith("~$"):
        raise Unreadable("is a lock file that Excel leaves while a workbook is open: name the workbook itself")
    if path.is_dir():
        raise Unreadable("is a folder: name a workbook in it")
    if not path.exists():
        nowhere = "is a link that leads to no file: name the workbook itself"
        raise Unreadable(nowhere if path.is_symlink() else "does not exist: check the name")
    # A pipe or a device has no end.
    if not path.is_file() or path.stat().st_size > MAX_FILE:
        raise Unreadable(f"is no file of at most {MAX_FILE // MEGABYTE} MB: name a workbook")
    with path.open("rb") as file:
        data = file.read(len(OLE))
        data += file.read() if data == OLE else b""
    for is_so, what in LOOKALIKES:
        if is_so(data):
            raise Unreadable(what)


def _refuse_hostile(members: list[zipfile.ZipInfo]) -> None:
    """Raise Unreadable if the list of members alone shows that no spreadsheet program wrote it."""
    if len(members) > MAX_MEMBERS:
        raise Unreadable(f"holds more than {MAX_MEMBERS:,} members: {RESAVE}")
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise Unreadable(f"unpacks to more than {MAX_UNPACKED // MEGABYTE} MB: split the workbook")
    # Part names differ in more than case, or two readers may see two workbooks.
    for name, count in Counter(member.filename.lower() for member in members).items():
        if count > 1:
            raise Unreadable(f"holds the member {name} {count} times: {RESAVE}")
    for member in members:
        for is_so, what in MEMBER_FLAWS:
            if is_so(member):
                raise Unreadable(f"the member {member.filename} {what}")
    if any(member.filename == "content.xml" for member in members):
        raise Unreadable("is an OpenDocument workbook: save it as .xlsx")
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise Unreadable("is a zip without xl/workbook.xml, so no .xlsx workbook: save it as .xlsx")


def _without_utf16(text: bytes, name: str) -> bytes:
    """The same XML in UTF-8 if it was in UTF-16, the one encoding of OOXML in which ASCII cannot be searched."""
    if b"\0" not in text[:4]:
        return text
    try:
        decoded = text.decode("utf-16-be" if text[:1] in b"\0\xfe" else "utf-16-le")
    except UnicodeDecodeError as error:
        raise Unreadable(f"the part {name} is not well-formed XML ({error}): {RESAVE}") from error
    return re.sub(r"^\ufeff?\s*<\?xml[^>]*\?>", "", decoded).encode(errors="replace")
