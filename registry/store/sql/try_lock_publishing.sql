-- Take the publishing lock if nobody has it; the same key as lock_publishing.
select pg_try_advisory_xact_lock(hashtextextended('best.publishing', 0))
