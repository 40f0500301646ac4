#!/usr/bin/env python3
"""Checks a Wholelog ledger from its files alone, by docs/ledger-format.md.

A second verifier, written from the format document and sharing nothing with
the first: run both, or write a third.

    verify.py LEDGER_FOLDER [--vkey KEY] [--against CHECKPOINT_FILE] [--complete]

Exit code 0: what was signed is there, unchanged; what came after it is counted
and, with --complete, a finding. 1: something is wrong, named line by line, the
first record first. 2: wrong usage.
Needs Python 3.9 with python3-zstandard and python3-cryptography.
"""
import argparse
import base64
import datetime
import hashlib
import json
import os
import re
import struct
import sys

try:
    import zstandard
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError as missing:
    print("cannot verify: %s; install python3-zstandard and python3-cryptography" % missing, file=sys.stderr)
    sys.exit(2)

ZEROS = "0" * 64
KINDS = {
    "segment": "stream sequence previous root footer items first last",
    "tail": "stream sequence previous items chain first last",
    "deletion": "stream sequence state erased time",
}
NOTES = ("import", "configuration", "gap", "rule-run", "sign-off", "export", "erasure", "finding")
NUMBERS = ("sequence", "items", "first", "last", "position")


class Bad(Exception):
    """Something that is not as the format document says."""


def sha(*parts):
    h = hashlib.sha256()
    for p in parts:
        h.update(p)
    return h.digest()


def root(leaves):
    """The RFC 6962 root over leaf digests."""
    if not leaves:
        return sha()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha(b"\x01", root(leaves[:k]), root(leaves[k:]))


# --- the log -----------------------------------------------------------------

class Key:
    def __init__(self, text):
        m = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)", text)
        if not m:
            raise Bad("it is no verifier key")
        self.text, self.name, self.id = text, m[1], bytes.fromhex(m[2])
        raw = base64.b64decode(m[3], validate=True)
        if raw[:1] != b"\x01" or len(raw) != 33 or sha(self.name.encode() + b"\n" + raw)[:4] != self.id:
            raise Bad("it is no Ed25519 verifier key")
        self.key = Ed25519PublicKey.from_public_bytes(raw[1:])

    def open(self, note):
        """Checks a signed note and gives the log's size and root."""
        text, sep, signatures = note.partition("\n\n")
        text += "\n"
        if not sep or not signatures.endswith("\n"):
            raise Bad("it is no signed note")
        good = False
        for line in signatures[:-1].split("\n"):
            m = re.fullmatch("\u2014 (\\S+) (\\S+)", line)
            if not m:
                raise Bad("a signature line is malformed")
            try:
                sig = base64.b64decode(m[2], validate=True)
            except ValueError:
                raise Bad("a signature is malformed")
            if base64.b64encode(sig).decode() != m[2]:
                raise Bad("a signature is not written in its one form")
            if m[1] == self.name and sig[:4] == self.id:
                try:
                    self.key.verify(sig[4:], text.encode())
                except InvalidSignature:
                    raise Bad("its signature is wrong")
                good = True
        if not good:
            raise Bad("this key has not signed it")
        lines = text.split("\n")
        if len(lines) != 4 or lines[0] != self.name:
            raise Bad("it is of another log")
        return int(lines[1]), base64.b64decode(lines[2], validate=True)


def tile_name(n):
    s = "%03d" % (n % 1000)
    while n >= 1000:
        n //= 1000
        s = "x%03d/%s" % (n % 1000, s)
    return s


def parse_tile(rel):
    m = re.fullmatch(r"(entries|\d+)/((?:x\d{3}/)*\d{3})(?:\.p/(\d+))?", rel)
    if not m:
        return None
    n = int(re.sub("[x/]", "", m[2]))
    return (-1 if m[1] == "entries" else int(m[1])), n, int(m[3] or 256)


def parse_entry(b):
    lines = b.decode().split("\n")
    m = re.fullmatch("wholelog entry 1 (.+)", lines[0])
    kind = m[1] if m else ""
    names = "stream position leaf time" if kind in NOTES else KINDS.get(kind)
    if names is None:
        raise Bad("an entry of unknown kind")
    names = names.split()
    if len(lines) != len(names) + 2 or lines[-1] != "":
        raise Bad("an entry with missing or surplus lines")
    e = {"kind": kind}
    for name, line in zip(names, lines[1:]):
        if not line.startswith(name + " "):
            raise Bad("an entry lacks " + name)
        value = line[len(name) + 1:]
        e[name] = int(value) if name in NUMBERS else value
        if name in NUMBERS and str(e[name]) != value:
            raise Bad("a number is not written in its one form")
    return e


class Log:
    """The entries that the checkpoint signs, checked against every file."""

    def __init__(self, folder, key, report):
        self.dir = os.path.join(folder, "log")
        self.checkpoint = read(os.path.join(self.dir, "checkpoint")).decode()
        self.size, signed = 0, None
        try:
            self.size, signed = key.open(self.checkpoint)
        except Bad as e:
            report.log("the checkpoint does not hold: %s" % e)
        state = read(os.path.join(self.dir, ".state", "treeState"))
        m = re.fullmatch(rb'\{"size":(0|[1-9]\d*),"root":"([A-Za-z0-9+/]{43}=)"\}', state)
        if not m:
            report.log("log/.state/treeState is not written in its one form")
        self.whole = max(int(m[1]) if m else 0, self.size)
        if signed is None:
            self.size = self.whole
        if read(os.path.join(self.dir, ".state", "version")) != b"1":
            report.log("log/.state/version is not 1")
        if m and int(m[1]) < self.size:
            report.log("the log holds fewer entries than its checkpoint signs")
        self.raw = []
        for at in range(0, self.whole, 256):
            self.raw += self.bundle(at // 256, min(256, self.whole - at))
        self.leaves = [sha(b"\x00", e) for e in self.raw]
        self.tiles(report)
        if signed is not None and root(self.leaves[:self.size]) != signed:
            report.log("the log's entries are not the ones that the checkpoint signs")
        if m and base64.b64encode(root(self.leaves[:int(m[1])])) != m[2]:
            report.log("the log's entries are not the ones of its state")

    def bundle(self, n, want):
        name = os.path.join(self.dir, "tile", "entries", tile_name(n))
        if want < 256 and os.path.exists(name + ".p/%d" % want):
            name += ".p/%d" % want
        b, out = read(name), []
        for _ in range(want):
            if len(b) < 2 or len(b) < 2 + struct.unpack(">H", b[:2])[0]:
                raise Bad("log entries from %d on are cut off" % (n * 256))
            size = 2 + struct.unpack(">H", b[:2])[0]
            out.append(b[2:size])
            b = b[size:]
        return out

    def tiles(self, report):
        levels = [self.leaves[:self.whole]]
        while len(levels[-1]) >= 256:
            top = levels[-1]
            levels.append([root(top[i:i + 256]) for i in range(0, len(top) // 256 * 256, 256)])
        base, seen = os.path.join(self.dir, "tile"), set()
        for folder, _, names in os.walk(base):
            for name in names:
                path = os.path.join(folder, name)
                rel = os.path.relpath(path, base)
                tile = parse_tile(rel)
                if tile is None:
                    continue
                level, n, part = tile
                seen.add(rel)
                have = self.raw if level < 0 else levels[level] if level < len(levels) else []
                if n * 256 + part > len(have):
                    continue  # ahead of the log: never became part of it
                want = have[n * 256:n * 256 + part]
                if level < 0:
                    want = [struct.pack(">H", len(e)) + e for e in want]
                if read(path) != b"".join(want):
                    report.log("log/tile/%s does not hold what the log's other files hold" % rel)
        for level, have in enumerate(levels):
            for at in range(0, len(have), 256):
                name = "%d/%s" % (level, tile_name(at // 256))
                part = name + ".p/%d" % (len(have) - at)
                if name not in seen and part not in seen:
                    report.log("log/tile/%s is missing" % name)


# --- segments ----------------------------------------------------------------

class Torn(Exception):
    pass


def blocks(b):
    """Gives offset, type, payload and whether the check is right."""
    at = 0
    while at < len(b):
        head = b[at:at + 16]
        size = struct.unpack(">I", head[4:8])[0] if len(head) == 16 else 0
        if len(head) == 16 and head[:3] == b"WLB" and at + 16 + size <= len(b):
            payload = b[at + 16:at + 16 + size]
            sound = sha(head[:8], payload)[:8] == head[8:]
            if not sound and unwritten(b, at):
                raise Torn()
            yield at, head[3:4], payload, sound
            at += 16 + size
            if head[3:4] == b"F":
                return
            continue
        if len(head) < 16 or head[:3] == b"WLB" and at + 16 + size > len(b) or unwritten(b, at):
            raise Torn()
        raise Bad("no block begins at byte %d" % at)


def unwritten(b, at):
    """The end of the file is zeros from the beginning of a sector on."""
    written = at + len(b[at:].rstrip(b"\x00"))
    return (written + 511) // 512 * 512 < len(b)


class Fields:
    def __init__(self, b):
        self.b, self.at = b, 0

    def take(self, n):
        if self.at + n > len(self.b):
            raise Bad("an item is cut off")
        out = self.b[self.at:self.at + n]
        self.at += n
        return out

    def text(self):
        return self.take(self.uvarint()).decode("utf-8", "replace")

    def time(self):
        """Seconds since 1970 and nanoseconds."""
        return struct.unpack(">qI", self.take(12))

    def svarint(self):
        n = self.uvarint()
        return n >> 1 ^ -(n & 1)

    def uvarint(self):
        n = shift = 0
        while True:
            c = self.take(1)[0]
            n |= (c & 0x7f) << shift
            if c < 0x80:
                return n
            shift += 7
            if shift > 63:
                raise Bad("a number is malformed")


def leaf_of(salt, header, raw):
    return sha(b"\x00", salt, struct.pack(">Q", len(header)), header, raw)


def read_item(f):
    """Gives position, kind, header, raw bytes and of a record what a footer
    counts; kind 0 is an erased item."""
    state = f.take(1)[0]
    if state == 1:
        return f.uvarint(), 0, b"", b"", None
    if state != 0:
        raise Bad("an item in an unknown state")
    header, raw = f.take(f.uvarint()), f.take(f.uvarint())
    context = f.take(f.uvarint())
    h = Fields(header)
    kind = h.take(1)[0]
    if kind == 1:
        h.take(3)
    elif kind not in (2, 3):
        raise Bad("an item of unknown kind")
    position, said = h.uvarint(), None
    if kind == 1:
        at, seen = h.time(), h.time()
        h.take(16)
        h.uvarint()
        _, table, _, source, _ = [h.text() for _ in range(5)]
        said = table, source, at, seen
        if h.b[h.at:] != (sha(context) if context else b""):
            raise Bad("a context is not the one that its record names")
    return position, kind, header, raw, said


class Tally:
    """What a footer counts, counted again from the items."""

    def __init__(self):
        self.records = self.raw = 0
        self.times, self.marks, self.counts = [], {}, {}

    def at(self, table, source, hour):
        return self.counts.setdefault((table, source, hour), [0, 0, 0])

    def add(self, kind, raw, said):
        if kind == 2:
            return self.receipts(Fields(raw))
        if kind in (1, 3):
            self.raw += len(raw)
        if kind == 1:
            table, source, at, seen = said
            c = self.at(table, source, at[0] // 3600)
            late = (seen[0] - at[0]) * 10**9 + seen[1] - at[1] > 3600 * 10**9
            self.records, c[0], c[2] = self.records + 1, c[0] + 1, c[2] + (late and not source.startswith("file:"))
            self.times = [min(self.times[:1] + [at]), max(self.times[1:] + [at])]
            self.marks[source] = max(self.marks.get(source, at), at)

    def receipts(self, f):
        while f.at < len(f.b):
            table, source, _, hour = f.text(), f.text(), f.time(), f.svarint()
            for _ in range(f.uvarint()):
                f.uvarint()
                self.at(table, source, hour)[1] += f.uvarint()

    def differs(self, foot, erased):
        """What the footer states otherwise. It counts what was erased since."""
        def wrong(said, found):
            return said < found or said > found and not erased

        if wrong(foot["records"], self.records) or foot["records"] - self.records > erased:
            return "%d records, there are %d" % (foot["records"], self.records)
        if wrong(foot["raw"], self.raw):
            return "%d raw bytes, there are %d" % (foot["raw"], self.raw)
        low, high = when(foot["from"]), when(foot["to"])
        if ((low is None or high is None) != (foot["records"] == 0) or
                self.times and (low > self.times[0] or high < self.times[1] or not erased and [low, high] != self.times)):
            return "other first and last times"
        said = set()
        for c in foot["counts"]:
            key = c["table"], c["source"], c["hour"]
            n, found = [c["records"], c.get("repeats", 0), c.get("late", 0)], self.counts.get(key, [0, 0, 0])
            if any(wrong(a, b) for a, b in zip(n, found)) or n[:2] == [0, 0] or key in said:
                return "%s for %s, there are %s" % (n, key, found)
            said.add(key)
        if sum(c["records"] for c in foot["counts"]) != foot["records"] or any(k not in said for k, n in self.counts.items() if any(n)):
            return "other hours"
        marks = {source: when(at) for source, at in foot["watermarks"].items()}
        if any(source not in marks or marks[source] < at for source, at in self.marks.items()) or not erased and marks != self.marks:
            return "other watermarks"


def when(text):
    """Seconds since 1970 and nanoseconds of a time in RFC 3339, UTC."""
    if text is None:
        return None
    m = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", text)
    if not m:
        raise Bad("a time is malformed")
    age = datetime.datetime.strptime(m[1], "%Y-%m-%dT%H:%M:%S") - datetime.datetime(1970, 1, 1)
    return age.days * 86400 + age.seconds, int((m[2] or "").ljust(9, "0"))


def unpack(packed, size):
    """The unpacked bytes, or None where they are not what the block says."""
    try:
        said = zstandard.frame_content_size(packed)
        if said not in (-1, size) or not 0 < size <= 512 << 20:
            return None
        out = zstandard.ZstdDecompressor().decompress(packed, max_output_size=size, allow_extra_data=False)
    except zstandard.ZstdError:
        return None
    return out if len(out) == size else None


class Segment:
    """One segment, checked against what the log says of it."""

    def __init__(self, report, stream, sequence, path, plan):
        self.report, self.stream, self.sequence, self.path, self.plan = report, stream, sequence, path, plan
        self.entry = plan["segments"].get(sequence)
        self.tails = plan["tails"].get(sequence, {})
        self.erased = plan["erased"].get(sequence, set())
        self.expired = sequence in plan["expired"]
        self.first = self.last = 0
        self.tally = Tally()
        self.previous = self.root = None
        self.named = False
        self.broken = None  # the block whose chain does not hold: number, items, first, last
        self.blocks = 0

    def bad(self, record, what, lo=0, hi=0):
        """Names what is wrong; when a record from lo to hi is held by no stream, that is the one."""
        if not self.named:
            self.report.find(record, self.stream, "segment %d of stream %s: %s" % (self.sequence, self.stream, what), lo, hi)
        self.named = True

    def logged(self):
        for e in [self.entry] + list(self.tails.values()):
            if e:
                return e["first"]
        return 0

    def check(self):
        sealed = os.path.exists(self.path + ".seg")
        data = read(self.path + (".seg" if sealed else ".open"))
        side = b"" if not os.path.exists(self.path + ".side") else read(self.path + ".side")
        head = foot = None
        items, end, at = [], 0, 0
        marks = []  # items, first, last and chain after, by block
        try:
            for at, kind, payload, sound in blocks(data):
                if head is None:
                    head = json.loads(payload) if kind == b"H" and sound else None
                    name = head and sha(("wholelog stream 1\n%s\n%s\n" % (head["tenant"], head["class"])).encode()).hex()[:32]
                    if not head or (head["version"], head["stream"], head["sequence"], name) != (1, self.stream, self.sequence, self.stream):
                        return self.bad(self.logged(), "its head is not what was written")
                    self.previous = head["previous"]
                    chain = sha(("wholelog chain 1\n%s\n%d\n%s\n" % (self.stream, self.sequence, self.previous)).encode())
                elif kind == b"D":
                    if self.named or self.broken:
                        continue
                    chain = self.data(payload, sound, side, items, chain)
                    self.blocks += 1
                    if items:
                        marks.append((len(items), items[-1][0], chain))
                elif kind == b"F":
                    if not sound:
                        return self.bad(self.logged(), "its footer is not what was written")
                    foot, end = json.loads(payload), at + 16 + len(payload)
                    if self.entry and sha(payload).hex() != self.entry["footer"]:
                        self.break_chain(None)
                        self.bad(self.logged(), "its footer is not the one that the log names")
                    if data[end:] != struct.pack(">I", 16 + len(payload)) + b"WLE1":
                        if not sealed and len(data) - end < 8:
                            foot = None  # was being sealed
                        else:
                            self.bad(foot["last"], "its file does not end as it should")
                else:
                    return self.bad(self.last + 1 if self.last else self.logged(), "a block of unknown type")
        except Torn:
            if sealed:
                self.bad(self.last + 1 if self.last else self.logged(), "its file is cut off")
        except (Bad, ValueError, KeyError) as e:
            self.bad(self.last + 1 if self.last else self.logged(), str(e))
        self.break_chain(foot if head and foot and not any(foot[k] != head[k] for k in head) else None)
        if sealed and foot is None and not self.named:
            self.bad(self.last + 1, "it ends without a footer")
        if self.named or head is None:
            return
        self.finish(head, foot, items, side, marks)

    def break_chain(self, foot):
        """Says what a broken chain is: a record that is gone with its leaf, where a footer
        that is believed counts more of them, else a change."""
        if not self.broken or self.named:
            return
        n, count, first, last = self.broken
        if foot and n < len(foot["blocks"]) and foot["blocks"][n]["items"] != count:
            b = foot["blocks"][n]
            self.bad(b["first"], "missing: gone is one of the records %d to %d" % (b["first"], b["last"]), b["first"], b["last"])
        self.bad(first, "altered: the head of the block of records %d to %d" % (first, last))

    def data(self, payload, sound, side, items, chain):
        if len(payload) < 60:
            raise Bad("a data block without a head")
        unpacked, count, index, first, last = struct.unpack(">IIIQQ", payload[:28])
        if not 0 < count <= unpacked <= 512 << 20:
            raise Bad("a data block with an impossible head")
        if index != len(items) or first <= self.last or last < first:
            self.bad(max(self.last + 1, self.logged()), "a block does not belong where it stands")
            return chain
        self.first = self.first or first
        if not sound:  # somebody who does not know the format; which of its bytes, nobody can tell
            self.bad(first, "altered: the block of records %d to %d" % (first, last))
            return chain
        f = Fields(unpack(payload[60:], unpacked))
        if f.b is None:
            self.bad(first, "altered: the block of records %d to %d cannot be unpacked" % (first, last))
            return chain

        def place(i, said):
            """The position of an item: what its place tells, else what it says of itself."""
            if i == 0 or last - first + 1 == count:
                return first + i
            return said if self.last < said <= last else self.last + 1

        positions = []
        leaves = [(side[at:at + 16], side[at + 16:at + 48]) for at in range(index * 48, (index + count) * 48, 48)]
        for i, (salt, leaf) in enumerate(leaves):
            try:
                position, kind, header, raw, said = read_item(f)
            except Bad as e:
                self.bad(place(i, 0), "altered: %s" % e)
                return chain
            if len(leaf) < 32:
                self.bad(place(i, position), "missing: its salt and leaf")
                return chain
            if kind == 0 and salt != bytes(16):
                self.bad(place(i, position), "altered: the salt of an erased record is still there")
            if kind and leaf_of(salt, header, raw) != leaf:
                moved = any(leaf_of(s, header, raw) == other for s, other in leaves[i + 1:])
                self.bad(place(i, 0 if moved else position), "altered, missing or reordered: the record here is not the one of its leaf")
                return chain
            positions.append(position)
            if kind == 0 and len(items) not in self.erased:
                self.bad(position, "missing: erased, and no entry of the log says so")
            if self.plan["notes"].get(position, leaf.hex()) != leaf.hex():
                self.bad(position, "altered: a note is not the one that the log names")
            if position in self.report.positions:
                self.bad(position, "reordered: two items have one position")
            self.report.positions.add(position)
            self.report.owned.add((self.stream, position))
            self.plan["seen"].add(position)
            self.tally.add(kind, raw, said)
            self.last = position
            chain = sha(chain, leaf)
            items.append((position, kind, leaf, chain, len(raw)))
        if f.at != len(f.b):
            self.bad(last, "surplus: bytes after the last record of a block")
        self.order(positions, first, last, place)
        if chain != payload[28:60]:
            self.broken = self.blocks, count, first, last
        return chain

    def order(self, positions, first, last, place):
        ordered = sorted(positions)
        for i, position in enumerate(ordered):
            if i and position == ordered[i - 1]:
                self.bad(position, "reordered: two items have one position")
            elif position != positions[i]:
                self.bad(position, "reordered: a position is out of order")
        if ordered[0] != first:
            self.bad(first, "reordered: a position is out of order")
        elif ordered[-1] != last:
            self.last = ordered[-2] if len(ordered) > 1 else 0
            self.bad(place(len(ordered) - 1, last), "reordered: a position is out of order")

    def signed(self, items):
        """The number of items that the log commits to and that are there. A commitment that
        holds proves every item before it: the first that does not is about those since."""
        good = 0
        for n, e in sorted(self.tails.items()):
            if self.expired and not items:
                continue
            if n <= len(items) and items[n - 1][3].hex() == e["chain"] and e["previous"] == self.previous:
                good = n
                continue
            lo = items[good][0] if good < len(items) else 0
            if n <= len(items):
                hi = items[n - 1][0]
                self.bad(lo, "altered: one of the records %d to %d is not what the log commits to, or one is gone between them" % (lo, hi), lo, hi)
            else:
                self.bad(max(self.last + 1, self.logged()), "cut off: the log commits to %d items, there are %d" % (n, len(items)), lo, self.last)
            break
        return good

    def finish(self, head, foot, items, side, marks):
        r = self.report
        signed = self.signed(items)
        if not self.entry and signed < len(items):
            r.unsigned += len(items) - signed
            r.unsigned_from = min(r.unsigned_from or items[signed][0], items[signed][0])
        r.records += sum(1 for i in items if i[1] == 1)
        r.erased += sum(1 for i in items if i[1] == 0)
        r.bytes += sum(i[4] for i in items)
        if foot is None:
            return
        self.root, leaves = foot["root"], [i[2] for i in items]
        if any(foot[k] != head[k] for k in head):
            self.bad(self.logged(), "head and footer differ")
        e = self.entry
        if e and any(e[k] != foot[k] for k in ("root", "previous", "items", "first", "last")):
            self.bad(self.logged(), "its footer does not say what the log says")
        if self.expired and not items:
            self.first, self.last = foot["first"], foot["last"]
            if side:
                self.bad(self.first, "an expired segment still has its salts")
            r.expired += foot["items"]
            r.gone.append((foot["first"], foot["last"]))
            return
        if len(items) != foot["items"] or len(side) != 48 * foot["items"]:
            at = next((b for i, b in enumerate(foot["blocks"]) if i >= len(marks) or marks[i][1] != b["last"] or
                       marks[i][0] - (marks[i - 1][0] if i else 0) != b["items"]), foot["blocks"][0])
            self.bad(at["first"], "missing: the log names %d items, there are %d; gone is one of the records %d to %d" %
                     (foot["items"], len(items), at["first"], at["last"]), at["first"], at["last"])
        elif root(leaves).hex() != (e or foot)["root"]:
            at = next((b for b, m in zip(foot["blocks"], marks) if b["chain"] != m[2].hex()), foot)
            self.bad(at["first"], "altered: one of the records %d to %d is not the one that was signed" % (at["first"], at["last"]))
        else:
            what = self.tally.differs(foot, sum(1 for i in items if i[1] == 0))
            if what:
                self.bad(self.first, "altered: the footer counts " + what)


# --- the ledger --------------------------------------------------------------

class Report:
    def __init__(self):
        self.findings, self.records, self.erased, self.expired, self.bytes = [], 0, 0, 0, 0
        self.positions = set()  # of all streams
        self.owned = set()  # with the stream
        self.gone = []  # first and last positions of segments that expired
        self.unsigned = self.unsigned_from = 0  # items that the log does not commit to, and the first

    def log(self, what):
        self.findings.append((-1, "", what, 0, 0))

    def find(self, record, stream, what, lo=0, hi=0):
        self.findings.append((record, stream, what, lo, hi))

    def hole(self, lo, hi):
        """The first position from lo to hi that no stream holds, 0 if there is none."""
        while 0 < lo <= hi:
            if lo in self.positions:
                lo += 1
                continue
            past = max([b + 1 for a, b in self.gone if a <= lo <= b], default=lo)
            if past == lo:
                return lo
            lo = past
        return 0

    def located(self):
        """A record named by what comes before it is the first that no other stream holds."""
        for record, stream, what, lo, hi in self.findings:
            hole = self.hole(lo, hi)
            if hole:
                yield hole, what
                continue
            while record in self.positions and stream and (stream, record) not in self.owned:
                record += 1
            yield record, what


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError as e:
        raise Bad("%s cannot be read: %s" % (path, e.strerror))


def ranges(text):
    for part in text.split(","):
        lo, _, hi = part.partition("-")
        yield from range(int(lo), int(hi or lo) + 1)


def plan_of(log, report):
    plans = {}
    for n, raw in enumerate(log.raw[:log.size]):
        try:
            e = parse_entry(raw)
        except (Bad, ValueError) as err:
            report.log("log entry %d: %s" % (n, err))
            continue
        p = plans.setdefault(e["stream"], new_plan())
        kind, seq = e["kind"], e.get("sequence")
        if kind == "segment":
            if p["segments"].setdefault(seq, e) != e:
                report.log("log entry %d names segment %d again and differs" % (n, seq))
        elif kind == "tail":
            if p["tails"].setdefault(seq, {}).setdefault(e["items"], e) != e:
                report.log("log entry %d names %d items again and differs" % (n, e["items"]))
        elif kind == "deletion" and e["state"] == "expired":
            p["expired"].add(seq)
        elif kind == "deletion":
            p["erased"].setdefault(seq, set()).update(ranges(e["erased"]))
        else:
            p["notes"][e["position"]] = e["leaf"]
    return plans


def new_plan():
    return {"segments": {}, "tails": {}, "erased": {}, "expired": set(), "notes": {}, "seen": set()}


def verify(folder, vkey, against, report):
    text = read(os.path.join(folder, "vkey")).decode("utf-8", "replace")
    if vkey and text != vkey + "\n" or not text.endswith("\n"):
        report.log("vkey is not the verifier key that was given")
    try:
        key = Key(vkey or text[:-1])
    except (Bad, ValueError) as e:
        raise Bad("verifier key: %s" % e)
    log = Log(folder, key, report)
    plans = plan_of(log, report)
    for name in os.listdir(folder):
        if re.fullmatch("[0-9a-f]{32}", name):
            plans.setdefault(name, new_plan())
    newest = max([0] + [e["last"] for p in plans.values() for e in list(p["segments"].values()) + [t for d in p["tails"].values() for t in d.values()]])
    if against:
        try:
            size, want = key.open(against)
            if size > log.size:
                report.find(newest + 1, "", "cut off: the checkpoint to compare with signs %d log entries, the log has %d" % (size, log.size))
            elif root(log.leaves[:size]) != want:
                report.log("the log's history is not the one that the checkpoint to compare with signs")
        except (Bad, ValueError) as e:
            report.log("the checkpoint to compare with does not hold: %s" % e)
    for stream in sorted(plans):
        check_stream(folder, stream, plans[stream], report)
    return log, key


def check_stream(folder, stream, plan, report):
    base = os.path.join(folder, stream)
    have = {}
    for name in os.listdir(base) if os.path.isdir(base) else []:
        m = re.fullmatch(r"(\d{8,})\.(seg|open)", name)
        if m:
            have[int(m[1])] = m[2]
    top = max([0] + list(have) + list(plan["segments"]) + list(plan["tails"]))
    logged, before, after = max([0] + list(plan["segments"])), ZEROS, 0
    for seq in range(1, top + 1):
        s = Segment(report, stream, seq, os.path.join(base, "%08d" % seq), plan)
        kind = have.get(seq)
        if kind is None or kind == "open" and (s.entry or seq < top):
            report.find(s.logged(), stream, "segment %d of stream %s is missing" % (seq, stream))
            before = None
            continue
        if kind == "seg" and not s.entry and (seq < logged or seq < top - 1):
            report.log("the log does not name segment %d of stream %s; was it set back?" % (seq, stream))
        s.check()
        if before is not None and s.previous is not None and (s.previous != before or s.first and s.first <= after):
            report.find(s.first, stream, "reordered: segment %d of stream %s does not follow the one before it" % (seq, stream))
        before, after = s.root, s.last
    gone = [e for q, e in plan["segments"].items() if q in plan["expired"]]
    for pos in set(plan["notes"]) - plan["seen"]:
        if not report.findings and not any(e["first"] <= pos <= e["last"] for e in gone):
            report.find(pos, stream, "a note that the log names is missing")


def main():
    p = argparse.ArgumentParser(description="Checks a Wholelog ledger from its files alone.")
    p.add_argument("ledger", help="the folder 'ledger' of a data folder")
    p.add_argument("--vkey", help="verifier key to trust instead of the one in the folder")
    p.add_argument("--against", help="file with an earlier checkpoint")
    p.add_argument("--complete", action="store_true", help="items that nothing in the log commits to are a finding")
    o = p.parse_args()
    if not os.path.isdir(o.ledger):
        p.error("%s is no folder" % o.ledger)
    report, log = Report(), None
    try:
        against = read(o.against).decode("utf-8", "replace") if o.against else None
        if against == "":
            p.error("--against names an empty file")
        log, key = verify(o.ledger, o.vkey, against, report)
    except (Bad, ValueError) as e:
        report.log(str(e))
    if report.unsigned and o.complete:
        report.find(report.unsigned_from, "", "surplus: %d items are not signed for" % report.unsigned)
    for record, what in sorted(report.located(), key=lambda f: f[0]):
        print("%s%s" % (what, " [record %d]" % record if record > 0 else ""))
    if log:
        print("%d records, %d erased, %d expired, %d log entries, %d raw bytes" % (report.records, report.erased, report.expired, log.size, report.bytes))
        print("verifier key %s" % key.text)
        print(log.checkpoint, end="")
    if report.unsigned:
        print("note: %d items, from record %d on, are not signed for: they came after the checkpoint, or somebody put them there" %
              (report.unsigned, report.unsigned_from))
    print("NOT OK" if report.findings else "ok: what was signed is unchanged" if report.unsigned else "ok: the ledger is what was signed")
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
