select distinct region from registry.release where withdrawn_at is null order by region
