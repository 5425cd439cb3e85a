-- Object identifiers that are no plain number, with the number that addresses.sql has for them.
select distinct object_id,
       hashtextextended(object_id, ascii(region)) | (-9223372036854775808)::bigint as hash
from best.address_version
where object_id !~ '^(0|[1-9][0-9]{0,17})$'
order by object_id
