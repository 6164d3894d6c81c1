"""A stand-in for kzgd's administration: pages by method and path, and servers that misbehave."""
import http.server
import json
import os
import socket
import socketserver
import threading
import urllib.parse

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
PROBLEM = "application/problem+json"
PPROF = "application/octet-stream"


def problem(status, code, detail):
    body = {"type": f"urn:kzg:status:{code}", "title": code, "status": status, "detail": detail, "code": code}
    return status, PROBLEM, json.dumps(body)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        url = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        accept = self.headers.get("Accept", "")
        self.server.owner.requests.append((self.command, self.path, accept, body))
        page = self.server.owner.pages.get((self.command, urllib.parse.unquote(url.path)))
        if page is None:
            page = problem(404, "not_found", "there is nothing at this path")
        elif callable(page):
            page = page(urllib.parse.parse_qs(url.query, keep_blank_values=True), accept, body)
        elif isinstance(page, dict):
            page = page.get(JSON if accept == JSON else TEXT)
        status, kind, content = page
        content = content.encode() if isinstance(content, str) else content
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.close_connection = self.server.owner.closing
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = answer

    def address_string(self):
        return "client"

    def log_message(self, *_):
        pass


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class StandIn:
    """pages: {(method, path): (status, type, body), or a dict of these by TEXT and JSON, or a function of query, accept
    and body that gives one}."""

    def __init__(self, pages, unix=None):
        self.pages, self.requests, self.closing = pages, [], False
        if unix:
            self.server, self.address = UnixServer(unix, Handler), f"unix:{unix}"
        else:
            self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            self.address = f"127.0.0.1:{self.server.server_address[1]}"
        self.server.daemon_threads = True
        self.server.owner = self
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def close(self):
        self.closing = True  # connections that are kept end with their next answer
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        if self.address.startswith("unix:"):
            os.unlink(self.address[5:])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Raw:
    """Sends these bytes to whoever connects once a request's head has come, then closes; None: says nothing until the
    client has gone."""

    def __init__(self, data):
        self.data = data
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        try:
            head = b""
            while b"\r\n\r\n" not in head:
                more = connection.recv(65536)
                if not more:
                    return
                head += more
            for part in [] if self.data is None else [self.data] if isinstance(self.data, bytes) else self.data:
                connection.sendall(part)
            while self.data is None and connection.recv(1):
                pass
        except OSError:
            pass
        finally:
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def free_port():
    """One that nothing listens at: bound once, and given back."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]
