-- An outline that none of the municipality's addresses lies in. The subqueries of one row each keep
-- to the index of municipalities, and end with the first address inside.
select (select min(r.place) from outline_read r where r.municipality_id = d.municipality_id),
       d.municipality_id,
       round(st_x(st_centroid(d.geometry))), round(st_y(st_centroid(d.geometry))),
       round(a.x), round(a.y)
from outline_drawn d
cross join lateral (
    select count(*) as addresses, avg(st_x(position)) as x, avg(st_y(position)) as y
    from (
        select v.position
        from registry.address_version v
        where v.municipality_id = d.municipality_id and v.seq_to is null
          and v.position is not null
        limit 1000
    ) first_ones
) a
where a.addresses >= 10
  and (
      select true
      from registry.address_version v
      where v.municipality_id = d.municipality_id and v.seq_to is null
        and st_intersects(d.geometry, v.position)
      limit 1
  ) is null
order by 1
limit 1
