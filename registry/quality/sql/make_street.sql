-- The streets that these numbers make: where they are, and their middle.
create temp table street on commit drop as
select street_name_id, min(municipality_id) as municipality_id, count(*) as houses,
       min(west) as west, max(east) as east, min(south) as south, max(north) as north,
       percentile_disc(0.5) within group (order by west) as x,
       percentile_disc(0.5) within group (order by south) as y
from house
where west is not null
group by street_name_id
