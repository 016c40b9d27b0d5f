DROP TABLE refusals;
DROP TABLE attempts;
DROP TABLE lanes;
DROP TABLE sources;
DROP TABLE subjects;
