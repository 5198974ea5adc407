"""Django settings of the project. Every value that differs between installations comes from the environment;
`.env.example` describes each variable. Method constants (thresholds of a formula) are defined beside their formula."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF

from posture.secret_key import secret_key

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(ROOT / ".env")

# `make run` sets POSTURE_EMBEDDED: SQLite, mail into files, plain http on this machine.
EMBEDDED = env.bool("POSTURE_EMBEDDED", default=False)
VAR = Path(env.str("POSTURE_VAR", default=str(ROOT / "var")))
DEBUG = env.bool("DEBUG", default=False)

# Only the owner can read the files that a process of this project writes.
os.umask(0o077)

SECRET_KEY = secret_key(env.str("SECRET_KEY", default=""), VAR / "secret_key")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Unwraps the keys that seal texts and addresses. It is kept outside the database and outside backups.
INSTALLATION_KEY = env.str("INSTALLATION_KEY", default="")
INSTALLATION_KEY_FILE = Path(env.str("INSTALLATION_KEY_FILE", default=str(VAR / "installation_key")))
# Backups: the key of the archives, and the folder in which the worker creates one every hour.
BACKUP_KEY = env.str("BACKUP_KEY", default="")
BACKUP_DIR = env.str("BACKUP_DIR", default="")
BASE_URL = env.str("BASE_URL", default="").rstrip("/")
HOST = urlsplit(BASE_URL).hostname
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1"] if EMBEDDED else [HOST] if HOST else []
)
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BASE_URL else []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "allauth.usersessions",
    "surveys",
    "posture",
]

MIDDLEWARE = [
    "surveys.tenancy.organization_scope.clear_scope_middleware",
    "posture.middleware.request_ids",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "posture.middleware.response_headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "posture.middleware.Refusals",
    "posture.web.concurrency_limits.ConcurrencyLimit",
    "posture.accounts.session_store.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "posture.middleware.restore_null_origin",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "posture.accounts.sessions.limited_sessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "posture.accounts.requirement.SecondFactorRequired",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "posture.urls"
WSGI_APPLICATION = "posture.wsgi.application"

TEMPLATE_TAGS = ["django.templatetags.i18n", "django.templatetags.static", "posture.templatetags.components"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": TEMPLATE_TAGS,
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "posture.accounts.menu.account_menu",
            ],
        },
    },
]

# Database

# `posture.wsgi` sets "web". `manage.py` sets "owner" for commands that alter tables or remove data.
PROCESS = env.str("POSTURE_PROCESS", default="")
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR / 'posture.sqlite3'}")}
DATABASE_APPLICATION_ROLE = DATABASES["default"].get("USER", "")
if PROCESS == "owner" and env.str("DATABASE_OWNER_URL", default=""):
    DATABASES["default"] = env.db("DATABASE_OWNER_URL")
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "posture.databases.sqlite"
    # FULL: an acknowledged answer is on the disk. IMMEDIATE: concurrent writers wait instead of failing.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        " PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF;",
    }
else:
    DATABASES["default"]["ENGINE"] = "posture.databases.postgresql"
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    web, work = env.int("DATABASE_WEB_SECONDS", default=15), env.int("DATABASE_WORK_SECONDS", default=900)
    limits = (web, 3, 30) if PROCESS == "web" else (work, work, work)
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = " ".join(
        f"-c {name}={1000 * seconds}" for name, seconds in zip(names, limits, strict=True)
    )
# Closing the last connection to a SQLite file checkpoints its WAL, which took longer than a save.
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Background work

REDIS_URL = env.str("REDIS_URL", default=f"redis+socket://{VAR / 'broker.sock'}")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 900
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_CONSUMER = "posture.operations.message_validation:JobConsumer"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# The lease in the database decides which worker runs a job. If the broker delivers a message again, the worker finds
# the job taken. The visibility timeout must still exceed the longest time limit.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1000,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
}
# Another process gets a job whose process sent no heartbeat for this long. A job that no worker starts is published
# again. A failed job waits before each further try: one pause per failure. A job that does not stop when asked to is
# killed after the grace period.
OUTBOX_LEASE_SECONDS = 20
OUTBOX_UNHEARD_SECONDS = 15
OUTBOX_PAUSES = (10, 60, 300, 1800)
OUTBOX_GRACE_SECONDS = 30
WORKER_MEMORY_MB = env.int("WORKER_MEMORY_MB", default=2000)

# People

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "posture.accounts.hashers.CappedArgon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "posture.accounts.passwords.PasswordLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
# Installation admins and owners of organisations always need a second factor; `everybody` requires it of all.
REQUIRE_SECOND_FACTOR = env.str("REQUIRE_SECOND_FACTOR", default="privileged")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account:start"
LOGOUT_REDIRECT_URL = "posture:home"

ACCOUNT_ADAPTER = "posture.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {
    "login": "posture.accounts.forms.LoginForm",
    "reset_password": "posture.accounts.forms.ResetPasswordForm",
    "add_email": "posture.accounts.forms.AddEmailForm",
    "change_password": "posture.accounts.forms.ChangePasswordForm",
    "reset_password_from_key": "posture.accounts.forms.ResetPasswordKeyForm",
    "set_password": "posture.accounts.forms.SetPasswordForm",
    "reauthenticate": "posture.accounts.forms.ReauthenticateForm",
}
# The product counts sign-in attempts itself, in the database (surveys/rate_limits). A second counter could disagree.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
MFA_ADAPTER = "posture.accounts.second_factors.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "posture.accounts.second_factors.AuthenticateForm",
    "reauthenticate": "posture.accounts.second_factors.ReauthenticateForm",
    "add_webauthn": "posture.accounts.second_factors.AddPasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
# There is no self-registration, so second factors may be set up while a new address is unconfirmed.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "Posture"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = EMBEDDED
PASSWORD_RESET_TIMEOUT = 60 * 60

# Single sign-on with one OpenID Connect and one SAML provider, each disabled unless its address is set.

SOCIALACCOUNT_ADAPTER = "posture.accounts.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {}
OIDC_PROVIDER_ID = SAML_PROVIDER_ID = "company"
OIDC_ISSUER = env.str("OIDC_ISSUER", default="").rstrip("/")
SAML_SSO_URL = env.str("SAML_SSO_URL", default="")
SSO_ADDRESSES = [address for address in (OIDC_ISSUER, SAML_SSO_URL) if address]
SSO_NAME = env.str("SSO_NAME", default="your organisation's account")
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": OIDC_PROVIDER_ID,
                "name": SSO_NAME,
                "client_id": env.str("OIDC_CLIENT_ID", default=""),
                "secret": env.str("OIDC_CLIENT_SECRET", default=""),
                "settings": {"server_url": OIDC_ISSUER, "fetch_userinfo": False},
            }
        ],
    }
if SAML_SSO_URL:
    INSTALLED_APPS.append("allauth.socialaccount.providers.saml")
    SOCIALACCOUNT_PROVIDERS["saml"] = {
        "APPS": [
            {
                "provider_id": env.str("SAML_ENTITY_ID", default=""),
                "client_id": SAML_PROVIDER_ID,
                "name": SSO_NAME,
                "settings": {
                    "idp": {
                        "entity_id": env.str("SAML_ENTITY_ID", default=""),
                        "sso_url": SAML_SSO_URL,
                        "x509cert": env.str("SAML_CERTIFICATE", default="", multiline=True),
                    },
                    # An address that the provider states as verified counts only in these domains.
                    "verified_email": env.list("SAML_DOMAINS", default=[]),
                    "advanced": {"want_assertion_signed": True, "reject_idp_initiated_sso": True},
                },
            }
        ],
    }

# Language, time zone, files

LANGUAGE_CODE = "en-gb"
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [ROOT / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "posture.web.plotly_files.PlotlyFinder",
]
WHITENOISE_USE_FINDERS = EMBEDDED
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED or DEBUG
        else "posture.web.static_storage.HashedFiles"
    },
}

# Mail

EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = VAR / "mail"
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
# STARTTLS unless it is disabled. A server without it causes an error, and the mail stays queued.
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=False)
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=not EMAIL_USE_SSL)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="posture@localhost")

# Browser security: no inline code, no unsafe sources. Charts may add two style sheets by their hashes: an empty one
# and the one of plotly.js 4.1.1 for maps. The hashes belong to the pinned plotly and are tested in a browser.

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # Browsers also apply this directive to a redirect that follows a form.
        "form-action": [SELF, *(f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in SSO_ADDRESSES)],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "report-uri": "/csp-report",
        "report-to": "csp",
    },
}
CHART_POLICY = {
    "style-src-elem": [
        SELF,
        "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
        "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='",
    ],
    "img-src": [SELF, "data:", "blob:"],
}
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not EMBEDDED
if not EMBEDDED:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_ENGINE = "posture.accounts.session_store"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SECURE_SSL_REDIRECT = not EMBEDDED
SECURE_HSTS_SECONDS = 0 if EMBEDDED else 60 * 60 * 24 * 365
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not EMBEDDED
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^api/"]
# Forwarded headers are trusted only if the number of proxies is configured.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
CSRF_FAILURE_VIEW = "posture.web.error_responses.csrf_failure"
WHITENOISE_ALLOW_ALL_ORIGINS = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
DATA_UPLOAD_MAX_NUMBER_FILES = 5
# Limit of an answer file. The sandboxed reader needs more time for a larger file, but not more memory.
LARGEST_UPLOAD = 1_000_000 * env.int("LARGEST_UPLOAD_MB", default=10)
UPLOAD_MOST_ROWS = env.int("UPLOAD_MOST_ROWS", default=100_000)
UPLOAD_MOST_COLUMNS = env.int("UPLOAD_MOST_COLUMNS", default=1_000)

# REST

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["posture.api.authentication.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["posture.api.permissions.HasReadScope"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "posture.api.renderers.CsvRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Posture",
    "DESCRIPTION": "Released estimates, gaps, benchmarks and questionnaires. Read only.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
}

# Answers that one respondent may save per second. After a pause, four times as many at once are allowed.
SAVES_PER_SECOND = env.int("SAVES_PER_SECOND", default=5)

# The nightly retention needs a person's approval to remove more than this percentage of the existing data.
RETENTION_LARGEST_SHARE = env.int("RETENTION_LARGEST_SHARE", default=10)

# Disclosure control: an estimate is published if it is based on at least this many organisations; the minimum is 5.
SUPPRESSION_THRESHOLD = env.int("SUPPRESSION_THRESHOLD", default=10)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "posture.operations.log_lines.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
}
