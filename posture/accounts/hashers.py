"""Password hashers."""

import threading

from django.contrib.auth.hashers import Argon2PasswordHasher

MAX_CONCURRENT = 4
_semaphore = threading.BoundedSemaphore(MAX_CONCURRENT)


class CappedArgon2(Argon2PasswordHasher):
    """Argon2id with 46 MiB. A process computes at most four hashes at once; otherwise sign-ins could exhaust its
    memory."""

    memory_cost = 46 * 1024
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _semaphore:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _semaphore:
            return super().verify(password, encoded)
