-- Every text that addresses hold, once per region, with the hash that addresses.sql has for it.
-- Of each set one column is there, or is empty, and the others are null: one reading of the table.
select distinct region, hashtextextended(label, ascii(region)) as hash, label
from (
    select region, coalesce(house_number, box_number, part_id, status, postal_code, '') as label
    from best.address_version
    group by grouping sets ((region, house_number), (region, box_number), (region, part_id),
                            (region, status), (region, postal_code))
) as labels
