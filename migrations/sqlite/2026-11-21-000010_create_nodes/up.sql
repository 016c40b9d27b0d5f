-- When each node last proved that it can write; not part of any promise.
CREATE TABLE nodes (
  name TEXT NOT NULL PRIMARY KEY,
  seen_at BIGINT NOT NULL
);
