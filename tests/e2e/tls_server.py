"""tls_server.py PORT CERTIFICATE KEY - says hello over TLS; SIGHUP: reads the files again."""
import http.server
import signal
import ssl
import sys

port, certificate, key = int(sys.argv[1]), sys.argv[2], sys.argv[3]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
signal.signal(signal.SIGHUP, lambda *args: context.load_cert_chain(certificate, key))


class Server(http.server.ThreadingHTTPServer):
    def get_request(self):
        connection, address = self.socket.accept()
        return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address


Server(("127.0.0.1", port), http.server.SimpleHTTPRequestHandler).serve_forever()
