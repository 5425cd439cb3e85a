select municipality_id, change, count(*) from {changed}
where municipality_id is not null
group by municipality_id, change
