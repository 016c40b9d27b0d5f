DROP TABLE user_import_faults;
DROP TABLE user_imports;
