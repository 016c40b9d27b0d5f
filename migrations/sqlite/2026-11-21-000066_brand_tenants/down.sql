DROP TABLE tenant_files;
ALTER TABLE tenants DROP COLUMN brand;
