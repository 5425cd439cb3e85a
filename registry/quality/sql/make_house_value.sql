-- What the house numbers of the region say: each spelling once.
create temp table house_value (
    house_number text not null,
    number bigint,
    is_plain boolean not null,
    key text not null
) on commit drop
