-- For this transaction: sorts and hashes of millions of rows, with a quarter of what building an
-- index may take.
select set_config(
    'work_mem', (pg_size_bytes(current_setting('maintenance_work_mem')) / 4096) || 'kB', true
)
