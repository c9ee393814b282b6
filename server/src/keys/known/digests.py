"""Makes digests.bin from a list of published secrets, one a line:

    python3 digests.py < jwt.secrets.list > digests.bin

The list is https://github.com/wallarm/jwt-secrets. Secrets of fewer than 32 bytes are left out:
Signet takes none so short, whoever knows them.
"""

import hashlib
import sys

secrets = {line.rstrip(b"\r\n") for line in sys.stdin.buffer}
digests = sorted({hashlib.sha256(secret).digest()[:8] for secret in secrets if len(secret) >= 32})
sys.stdout.buffer.write(b"".join(digests))
