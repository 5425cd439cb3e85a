-- Its numbers are given anew, by the register that is mirrored.
with sources as (delete from registry.source where dataset = 'sample')
delete from registry.release where dataset = 'sample'
