-- The rows of a region as they were staged, for the bench's floor.
copy (select {columns} from {version} where region = %(region)s and seq_to is null) to stdout
