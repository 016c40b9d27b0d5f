DELETE FROM sqlite_stat1 WHERE tbl IN ('user_imports', 'user_import_faults');
DROP TABLE user_import_faults;
DROP TABLE user_imports;
