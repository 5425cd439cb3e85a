-- The region's house numbers in use: the addresses of one number in one street, boxes and all. The
-- finding of a number is that of its address without box, or of its first box.
create temp table house on commit drop as
with grouped as (
    select street_name_id, house_number,
           min(municipality_id) as municipality_id,
           min(postal_code) as postal_code,
           coalesce(min(object_id) filter (where box_number is null), min(object_id)) as object_id,
           bool_or(box_number is null) as has_main,
           count(*) as addresses,
           min(st_x(position)) as west, max(st_x(position)) as east,
           min(st_y(position)) as south, max(st_y(position)) as north
    from registry.address_version
    where region = %(region)s and seq_to is null and coalesce(status, '') <> all(%(ended)s)
    group by street_name_id, house_number
)
select g.*, west = east and south = north as is_one_point, v.number, v.is_plain, v.key
from grouped g
left join house_value v using (house_number)
