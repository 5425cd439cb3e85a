-- For this transaction: sorts and hashes of millions of rows, with a quarter of what building an
-- index may take, and nothing compiled for statements that run once.
select set_config('work_mem',
                  (pg_size_bytes(current_setting('maintenance_work_mem')) / 4096) || 'kB', true),
       set_config('jit', 'off', true)
