-- What the tests of the PostgreSQL endpoint work on: a shop that role app owns, a table
-- of somebody else's, and selfheal's role with what docs/live.md says it needs.
CREATE ROLE app LOGIN;
CREATE ROLE other LOGIN;
CREATE ROLE selfheal LOGIN PASSWORD 'swordfish';
GRANT pg_monitor, app TO selfheal;
CREATE DATABASE shop OWNER app;
\connect shop
CREATE EXTENSION pg_stat_statements;
CREATE SCHEMA selfheal AUTHORIZATION selfheal;
GRANT CREATE ON SCHEMA public TO app, other;
SET ROLE app;
CREATE TABLE orders AS
    SELECT i AS id, i % 50000 AS customer_id, i % 7 AS status, 'sku-' || (i % 1000) AS sku FROM generate_series(1, 400000) i;
CREATE INDEX orders_customer ON orders (customer_id);
ANALYZE orders;
SET ROLE other;
CREATE TABLE theirs AS SELECT i AS id, i % 50000 AS customer_id FROM generate_series(1, 400000) i;
ANALYZE theirs;
GRANT SELECT ON theirs TO app, selfheal;
