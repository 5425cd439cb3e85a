-- The newest file of a kind: what a roll-back restores came from no file of its own.
select id from registry.source
where region = %(region)s and resource = %(resource)s and family = 'mirror'
order by release_number desc nulls last, id desc
limit 1
