DROP TABLE signing_keys;
DROP TABLE policies;
DROP TABLE api_keys;
DROP TABLE tenants;
