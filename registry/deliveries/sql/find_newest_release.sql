-- 0 before the first: a sample is no register content.
select coalesce(max(number), 0) from best.release
where region = %(region)s and dataset = 'open'
