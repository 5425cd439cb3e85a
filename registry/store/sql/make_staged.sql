-- An empty staging table with the types of the version table.
create temp table {staged} on commit drop as select {columns} from {version} with no data
