-- What the dump in orders.tar.gz holds: small, but with what a restore can get wrong
-- (keys across tables, a sequence in use, text beyond ASCII, a large value, null beside empty).
CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  note text
);
CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers (id),
  ordered_at timestamptz NOT NULL,
  total numeric(12, 2) NOT NULL CHECK (total >= 0),
  lines jsonb NOT NULL
);
CREATE INDEX orders_by_customer ON orders (customer_id, ordered_at);
CREATE VIEW revenue AS
  SELECT customers.name, count(*) AS orders, sum(orders.total) AS total
  FROM orders JOIN customers ON customers.id = orders.customer_id
  GROUP BY customers.name;

INSERT INTO customers (name, note) VALUES
  ('Zoë Müller', ''), ('Ольга', NULL), ('山田太郎', repeat('long ', 400)), ('O''Brien', E'two\nlines\tand a tab');
INSERT INTO orders (customer_id, ordered_at, total, lines)
  SELECT 1 + n % 4, timestamptz '2018-09-02 01:00:00+00' + n * interval '7 hours', n * 1.37,
    jsonb_build_array(jsonb_build_object('sku', md5(n::text), 'count', n % 5))
  FROM generate_series(1, 100) AS n;
