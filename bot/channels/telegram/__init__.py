"""Telegram, on the same turns and rows as the web chat.

``incoming`` commits what people send, ``delivery`` sends the rows that a chat has not had
yet, ``channel`` keeps both running in one process at a time.
"""

import os

# Without this the library warns at every Retry-After that its type will change.
os.environ.setdefault("PTB_TIMEDELTA", "true")
