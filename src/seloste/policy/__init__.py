"""The policy: a notice and a schema, compiled into what PostgreSQL enforces."""
