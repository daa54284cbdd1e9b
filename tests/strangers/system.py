"""The system that a client is to talk to, from the environment.

STRANGER_URL, STRANGER_USERNAME, STRANGER_API_KEY, STRANGER_PASSWORD (of the same user), and
STRANGER_TLS_SHA256, which its certificate must have.
"""

import atexit
import hashlib
import os
import ssl
import tempfile
import urllib.parse

_URL = urllib.parse.urlsplit(os.environ["STRANGER_URL"])

HOST, PORT = _URL.hostname, _URL.port
USERNAME = os.environ["STRANGER_USERNAME"]
API_KEY = os.environ["STRANGER_API_KEY"]
PASSWORD = os.environ["STRANGER_PASSWORD"]


def _certificate() -> str:
    """The system's own certificate as a file of authorities, once it is known to be the right one."""
    pem = ssl.get_server_certificate((HOST, PORT))
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()
    if digest != os.environ["STRANGER_TLS_SHA256"].replace(":", ""):
        raise SystemExit(f"{HOST}:{PORT} shows another certificate: {digest}")
    with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as file:
        file.write(pem)
    atexit.register(os.unlink, file.name)
    return file.name


CA_FILE = _certificate()
# What OpenSSL trusts where a client names no file itself.
os.environ["SSL_CERT_FILE"] = CA_FILE
