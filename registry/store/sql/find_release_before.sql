-- The oldest release that was still the newest at a moment: what was seen since then is kept.
select number
from registry.release
where withdrawn_at is null and published_at >= %(moment)s
order by number
limit 1
