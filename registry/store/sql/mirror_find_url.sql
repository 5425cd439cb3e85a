-- Where this register comes from, if it is a mirror.
select container from registry.source where family = 'mirror' order by id limit 1
