-- For this transaction: sorts and hashes of millions of rows in memory, on every core that is free.
select set_config('work_mem', '128MB', true), set_config('jit', 'off', true)
