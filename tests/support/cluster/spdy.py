"""The server's side of a port-forward: SPDY/3.1 framing, as far as kubectl uses it, over a connection that was upgraded. For each
connection to its local port kubectl opens two streams, one for errors and one for data; the data stream becomes a TCP
connection to the pod.

Frames (SPDY protocol, draft 3): a control frame is 0x8003, type (2 bytes), flags, length (3), payload; a data frame is the
stream's number (4), flags, length (3), payload. Headers are compressed with one zlib stream a direction, primed with the
draft's dictionary."""

import socket
import struct
import threading
import zlib

SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY = 1, 2, 3, 6, 7
FIN = 1

# The draft's dictionary: header names and values, each with its length before it, then status lines, dates and media types.
WORDS = """options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow
authorization cache-control connection content-base content-encoding content-language content-length content-location
content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range
if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer
retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status""".split()
PAIRS = ["200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin"]
TAIL = ("100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
        "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden"
        "404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
        "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
        "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,"
        "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.")
DICTIONARY = b"".join(struct.pack(">I", len(word)) + word.encode() for word in WORDS + PAIRS) + TAIL.encode()


class Session:
    def __init__(self, reader, connection, address):
        self.reader, self.connection, self.address = reader, connection, address
        self.inflate = zlib.decompressobj(zdict=DICTIONARY)
        self.deflate = zlib.compressobj(zdict=DICTIONARY)
        self.lock = threading.Lock()
        self.targets = {}  # data stream -> TCP connection
        self.pairs = {}  # kubectl's request number -> error stream

    # ---- Frames out ----

    def control(self, kind, payload, flags=0):
        with self.lock:
            self.connection.sendall(struct.pack(">HHI", 0x8003, kind, flags << 24 | len(payload)) + payload)

    def data(self, stream, payload, flags=0):
        with self.lock:
            self.connection.sendall(struct.pack(">II", stream, flags << 24 | len(payload)) + payload)

    def reply(self, stream):
        with self.lock:
            none = self.deflate.compress(struct.pack(">I", 0)) + self.deflate.flush(zlib.Z_SYNC_FLUSH)
            payload = struct.pack(">I", stream) + none
            self.connection.sendall(struct.pack(">HHI", 0x8003, SYN_REPLY, len(payload)) + payload)

    # ---- Frames in ----

    def headers(self, block):
        plain = self.inflate.decompress(block)
        count, at, found = struct.unpack_from(">I", plain)[0], 4, {}
        for _ in range(count):
            pair = []
            for _ in range(2):
                length = struct.unpack_from(">I", plain, at)[0]
                pair.append(plain[at + 4:at + 4 + length].decode())
                at += 4 + length
            found[pair[0]] = pair[1]
        return found

    def opened(self, payload):
        stream = struct.unpack_from(">I", payload)[0] & 0x7FFFFFFF
        fields = self.headers(payload[10:])
        self.reply(stream)
        if fields.get("streamtype") == "error":
            self.pairs[fields.get("requestid")] = stream
            return
        errors = self.pairs.get(fields.get("requestid"), 0)
        try:
            self.targets[stream] = socket.create_connection((self.address, int(fields["port"])), 10)
            self.targets[stream].settimeout(None)
        except OSError as error:
            self.data(errors, f"error forwarding port {fields.get('port')} to the pod: {error}".encode(), FIN)
            self.data(stream, b"", FIN)
            return
        threading.Thread(target=self.pump, args=(stream, errors), daemon=True).start()

    def pump(self, stream, errors):
        """From the pod to kubectl."""
        target = self.targets[stream]
        try:
            while part := target.recv(1 << 15):
                self.data(stream, part)
        except OSError:
            pass
        try:
            self.data(stream, b"", FIN)
            self.data(errors, b"", FIN)
        except OSError:
            pass

    def arrived(self, stream, flags, payload):
        target = self.targets.get(stream)
        if target is None:
            return
        try:
            if payload:
                target.sendall(payload)
            if flags & FIN:
                target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def run(self, ended):
        while not ended():
            head = self.reader.read(8)
            if len(head) < 8:
                return
            first, second = struct.unpack(">II", head)
            flags, payload = second >> 24, self.reader.read(second & 0xFFFFFF)
            if not first & 0x80000000:
                self.arrived(first, flags, payload)
            elif first & 0xFFFF == SYN_STREAM:
                self.opened(payload)
            elif first & 0xFFFF == PING:
                self.control(PING, payload)
            elif first & 0xFFFF == RST_STREAM:
                self.arrived(struct.unpack_from(">I", payload)[0], FIN, b"")
            elif first & 0xFFFF == GOAWAY:
                return

    def close(self):
        for target in self.targets.values():
            target.close()
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(reader, connection, address, ended):
    """Until kubectl goes, or ended() after a frame."""
    session = Session(reader, connection, address)
    try:
        session.run(ended)
    except (OSError, ValueError, struct.error, zlib.error):
        pass  # the other side is gone
    finally:
        session.close()
