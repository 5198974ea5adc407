#!/bin/sh
# Makes the database and its two roles (SECURITY.md says why two). As an administrator of PostgreSQL, once.
set -eu
psql --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres \
    --set=password="$DATABASE_PASSWORD" --set=owner_password="$DATABASE_OWNER_PASSWORD" <<'SQL'
CREATE ROLE posture_owner LOGIN PASSWORD :'owner_password' NOSUPERUSER NOBYPASSRLS;
CREATE ROLE posture LOGIN PASSWORD :'password' NOSUPERUSER NOBYPASSRLS;
CREATE DATABASE posture OWNER posture_owner;
REVOKE CONNECT ON DATABASE posture FROM PUBLIC;
GRANT CONNECT ON DATABASE posture TO posture;
SQL
