/** Databases with what a restore has to bring back: more than 20 tables, and at least one of each kind of object. */

const ROWS = 200;
/** Tables of PostgreSQL: 20 and their parents, and a partitioned one with three partitions. */
const PLAIN_TABLES = 20;

/** A setting of a user: the restore then waits for so many seconds, with all rows there, as a large index would take. */
export const WAIT = 'archiver.wait';

/** Roles that the dump speaks of and that the server of the test does not have. */
export const ROLES = ['shop_owner', 'shop_reader'];

export function postgresqlSchema(): string {
  const plain = Array.from(
    { length: PLAIN_TABLES },
    (_, index) => `
CREATE TABLE detail_${index} (id serial PRIMARY KEY, item integer NOT NULL REFERENCES items (id), note text, "Größe" numeric(8, 2));
INSERT INTO detail_${index} (item, note, "Größe")
  SELECT 1 + n % ${ROWS}, md5((n * ${index + 1})::text), n / 7.0 FROM generate_series(1, ${(index + 1) * 10}) AS n;`,
  );
  return `
CREATE EXTENSION pg_trgm;
CREATE SCHEMA reports;
CREATE TYPE mood AS ENUM ('calm', 'busy');
CREATE TABLE items (id integer PRIMARY KEY, name text NOT NULL, mood mood NOT NULL DEFAULT 'calm', data jsonb);
INSERT INTO items SELECT n, 'item ' || n, 'busy', jsonb_build_object('n', n) FROM generate_series(1, ${ROWS}) AS n;
CREATE INDEX ON items USING gin (name gin_trgm_ops);
${plain.join('\n')}
CREATE TABLE events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_later PARTITION OF events DEFAULT;
INSERT INTO events SELECT date '2024-01-01' + n, 'event ' || n FROM generate_series(0, 999) AS n;
CREATE TABLE reports.empty (id bigint);
CREATE VIEW reports.busy AS SELECT id, name FROM items WHERE mood = 'busy';
CREATE MATERIALIZED VIEW reports.totals AS SELECT item, count(*) AS number FROM detail_1 GROUP BY item;
CREATE MATERIALIZED VIEW reports.waits AS SELECT pg_sleep(coalesce(current_setting('${WAIT}', true), '0')::float)::text AS slept;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := trim(NEW.name); RETURN NEW; END $$;
CREATE TRIGGER items_touch BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION touch();
SELECT lo_from_bytea(0, decode(repeat(md5(n::text), 100), 'hex')) FROM generate_series(1, 5) AS n;
CREATE ROLE ${ROLES.join('; CREATE ROLE ')};
ALTER TABLE items OWNER TO ${ROLES[0]};
GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${ROLES[1]};
ALTER TABLE detail_0 ENABLE ROW LEVEL SECURITY;
CREATE POLICY reader_sees ON detail_0 TO ${ROLES[1]} USING (item > 3);
`;
}

/** Counted by other statements than the program's. @returns lines `table rows`, then one line of other objects */
export const POSTGRESQL_TABLES =
  "SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema IN ('public', 'reports') AND table_name NOT IN (SELECT partrelid::regclass::text FROM pg_partitioned_table) ORDER BY 1";

/** The user that owns the views and routines of MySQL. The server of the test has no such user. */
export const DEFINER = 'shop_owner@localhost';
/** Tables of MySQL that are not plain: items, events, empty. */
export const MYSQL_TABLES = PLAIN_TABLES + 3;

export function mysqlSchema(): string {
  const plain = Array.from(
    { length: PLAIN_TABLES },
    (_, index) => `
CREATE TABLE detail_${index} (id int AUTO_INCREMENT PRIMARY KEY, item int NOT NULL, note text, \`Größe\` decimal(8, 2), packed varbinary(40),
  FOREIGN KEY (item) REFERENCES items (id)) ENGINE=InnoDB;
INSERT INTO detail_${index} (item, note, \`Größe\`, packed)
  SELECT 1 + seq % ${ROWS}, CONCAT('it''s a\\n\\\\ "note" ', MD5(seq * ${index + 1})), seq / 7, UNHEX(SHA1(seq)) FROM seq_1_to_${(index + 1) * 10};`,
  );
  return `
CREATE USER ${DEFINER};
GRANT ALL ON shop.* TO ${DEFINER};
CREATE TABLE items (id int PRIMARY KEY, name varchar(80) CHARACTER SET utf8mb4 NOT NULL, data json) ENGINE=InnoDB;
INSERT INTO items SELECT seq, CONCAT('Stück ', seq), JSON_OBJECT('n', seq) FROM seq_1_to_${ROWS};
${plain.join('\n')}
CREATE TABLE events (at date NOT NULL, what varchar(40)) PARTITION BY RANGE (YEAR(at))
  (PARTITION p2024 VALUES LESS THAN (2025), PARTITION p2025 VALUES LESS THAN (2026), PARTITION later VALUES LESS THAN MAXVALUE);
INSERT INTO events SELECT DATE '2024-01-01' + INTERVAL seq DAY, CONCAT('event ', seq) FROM seq_0_to_999;
CREATE TABLE empty (id bigint) ENGINE=InnoDB;
CREATE DEFINER=${DEFINER} SQL SECURITY DEFINER VIEW busy AS SELECT items.id, items.name FROM items WHERE items.id > 10;
ALTER DATABASE shop CHARACTER SET latin1;
DELIMITER ;;
CREATE DEFINER=${DEFINER} TRIGGER shop.items_touch BEFORE INSERT ON shop.items FOR EACH ROW
BEGIN
  SET NEW.name = TRIM(NEW.name);
END;;
CREATE DEFINER=${DEFINER} FUNCTION twice(n int) RETURNS int DETERMINISTIC
BEGIN
  RETURN n * 2;
END;;
DELIMITER ;
ALTER DATABASE shop CHARACTER SET utf8mb4;
`;
}
