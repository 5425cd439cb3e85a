-- Values that a rule on values rings on.
create temp table bad_value (
    field text not null,
    value text not null,
    municipality_id text,
    rule text not null,
    detail text not null
) on commit drop
