-- The newest release of a region, 0 before its first; a sample is no register content.
select coalesce(max(number), 0) from registry.release
where region = %(region)s and dataset = 'open'
